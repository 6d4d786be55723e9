from __future__ import annotations

import json

import pytest

from graphs.journal import TRACE_LINE, BeginLine, CallLine, NodeLine, TraceLine, as_json
from graphs.minds.chat import ChatReply, ChatRequest, Message

AT = "2026-01-01T00:00:00.000+00:00"
REQUEST = ChatRequest(purpose="look", messages=[Message(role="user", text='Was ist "das", {ä}?')])
CALL = CallLine(at=AT, key=REQUEST.key(), attempt=1, model="m", request=REQUEST)
LINES = [
    BeginLine(at=AT, inspection="part-1"),
    NodeLine(at=AT, node="load", seconds=0.1),
    CALL,
    CALL.model_copy(update={"reply": ChatReply(text="a\nscrew"), "fault": "unreadable"}),
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_as_it_is_written_holds_all_of_it(line: TraceLine) -> None:
    assert json.loads(as_json(line)) == line.model_dump(mode="json")
    assert TRACE_LINE.validate_json(as_json(line)) == line
    assert "\n" not in as_json(line)
