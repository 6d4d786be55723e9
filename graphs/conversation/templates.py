"""Prompt templates of the conversation. A missing variable is an error."""

from __future__ import annotations

from typing import Any

from graphs.minds.vlm.templates import SUFFIX, environment_of

PACKAGE = "graphs.conversation"


def render(name: str, **values: Any) -> str:
    """Fill a template of this folder's `prompts`; see `graphs.minds.vlm.templates.render`.

    Raises:
        jinja2.UndefinedError: where a variable is missing.
    """
    return environment_of(PACKAGE).get_template(f"{name}{SUFFIX}").render(**values).strip()
