"""Loupe over HTTP: REST, events, an OpenAI-compatible model, the page. Decides nothing itself."""
