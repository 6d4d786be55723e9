from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.loopback import Limits, Received, Refused, Reply, Scripted
from agent.loopback.answering import Desk
from agent.loopback.record import Record

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)
CALL = {"id": "call_1", "type": "function", "function": {"name": "zoom", "arguments": "{}"}}
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "array", "items": {"anyOf": [{"type": "null"}]}}},
    "required": ["a"],
    "additionalProperties": False,
}
BODY: dict[str, Any] = {
    "model": "loopback",
    "messages": [
        {"role": "system", "content": "json"},
        {
            "role": "user",
            "name": "a",
            "content": [
                {"type": "text", "text": "hi"},
                {"type": "image_url", "image_url": {"url": "URL", "detail": "low"}},
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "seen"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {"name": "zoom", "description": "", "parameters": SCHEMA, "strict": True},
        }
    ],
    "tool_choice": {"type": "function", "function": {"name": "zoom"}},
    "parallel_tool_calls": True,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA},
    },
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 0.5,
    "max_tokens": 5,
    "stop": ["a"],
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a JSON value."""
    inner: Any = []
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    return [path] * bool(path) + [
        one for key, child in inner for one in places(child, (*path, key))
    ]


def replaced(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    body = copy.deepcopy(body)
    at: Any = body
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return body


def found(path: tuple[Any, ...]) -> Any:
    at: Any = BODY
    for step in path:
        at = at[step]
    return at


PLACES = places(BODY)
SWAPPED = st.sampled_from(PLACES).map(found)
"""What stands elsewhere in the body: of a known form, in the wrong place."""


@settings(max_examples=400, deadline=None)
@given(path=st.sampled_from(PLACES), value=JSON | SWAPPED)
def test_whatever_stands_in_a_body_it_is_answered_or_refused(
    path: tuple[Any, ...], value: Any, to_url: Callable[..., str]
) -> None:
    body = replaced(BODY, path, value)
    desk = Desk(models={"loopback": Scripted([Reply(text="fine")])}, limits=Limits())
    raw = json.dumps(body).replace('"URL"', json.dumps(to_url())).encode()

    with Record(max_kept_bytes=10_000).receiving(raw, at_s=0.0) as received:
        assert status(desk, received) in (200, 400, 404)


def status(desk: Desk, received: Received) -> int:
    """What the answer's status would be; any other error than a refusal is a bug."""
    try:
        desk.answer(received)
    except Refused as refused:
        return refused.status
    return 200
