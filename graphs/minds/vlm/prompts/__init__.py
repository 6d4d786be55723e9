"""Prompt templates (jinja2), read by graphs.minds.vlm.templates. Holds no code."""
