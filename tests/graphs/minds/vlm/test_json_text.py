from __future__ import annotations

from typing import Any

import pytest

from graphs.minds.vlm.json_text import read_objects


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('Sure:\n```json\n{"a": [1, 2,],}\n```\nDone.', [{"a": [1, 2]}]),
        ('<think>{"a": 0}</think>{"a": 1}', [{"a": 1}]),
        ("{'a': True, 'b': None}", [{"a": True, "b": None}]),
        ('{"a": "line\nbreak, }"}', [{"a": "line\nbreak, }"}]),
        ('{"a": "x,]"}', [{"a": "x,]"}]),
        ('use {braces} like {"a": {"b": 2}} and {"c": 3}', [{"a": {"b": 2}}, {"c": 3}]),
        ('{"a": 1', []),
        ("no object", []),
        ("{" * 5000, []),
    ],
)
def test_objects_are_found_in_what_stands_around_them(
    text: str, objects: list[dict[str, Any]]
) -> None:
    assert read_objects(text) == objects
