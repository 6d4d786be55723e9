"""Finds JSON objects in what a model wrote around them. Knows no schema."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

MAX_OPENINGS = 200
"""Braces at which an object is looked for: each may cost the length of the text."""

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}]', re.DOTALL)
_STRING_OR_COMMA = re.compile(r'"(?:\\.|[^"\\])*"|,(?=\s*[}\]])', re.DOTALL)


def read_objects(text: str) -> list[dict[str, Any]]:
    """Every outermost JSON object of a text, in order.

    Read are also: code fences and prose around, thoughts before, trailing commas, line breaks in
    strings, and Python's literals. Nothing is completed: an object that does not end is none.
    """
    return list(_objects(_THOUGHT.sub(" ", text)))


def _objects(text: str) -> Iterator[dict[str, Any]]:
    at = 0
    for _ in range(MAX_OPENINGS):
        start = text.find("{", at)
        if start < 0:
            return
        end = _end_of_object(text, start)
        found = None if end is None else _decode(text[start:end])
        if found is None or end is None:
            at = start + 1
            continue
        yield found
        at = end


def _end_of_object(text: str, start: int) -> int | None:
    depth = 0
    for token in _TOKEN.finditer(text, start):
        if token[0] in "{}":
            depth += 1 if token[0] == "{" else -1
        if depth == 0:
            return token.end()
    return None


def _decode(text: str) -> dict[str, Any] | None:
    for variant in (text, _STRING_OR_COMMA.sub(_without_comma, text)):
        try:
            found = json.loads(variant, strict=False)
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else None
    return _decode_literal(text)


def _without_comma(found: re.Match[str]) -> str:
    return "" if found[0] == "," else found[0]


def _decode_literal(text: str) -> dict[str, Any] | None:
    """An object as Python writes it: single quotes, True, None."""
    try:
        found = ast.literal_eval(text)
        # A literal may hold what no JSON has: tuples, bytes, keys that are no strings.
        return json.loads(json.dumps(found)) if isinstance(found, dict) else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
