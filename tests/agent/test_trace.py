from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.trace import NO_TRACE, TraceWriter, read_trace
from graphs.journal import BeginLine, CallLine, NodeLine, ToolLine, TraceLine, VerdictLine
from graphs.minds.chat import ChatReply, ChatRequest, Message
from graphs.records import ToolCall
from tools.errors import AssetError

AT = "2026-01-01T00:00:00.000+00:00"
NODE = NodeLine(at=AT, node="load", seconds=0.1, detail="zwei\nZeilen, ä \u2028 und \x00")
REQUEST = ChatRequest(purpose="look", messages=[Message(role="user", text="What is it?")])
CALL = CallLine(
    at=AT,
    key=REQUEST.key(),
    attempt=1,
    model="m",
    request=REQUEST,
    reply=ChatReply(text="a screw", input_tokens=7),
)
TOOL = ToolLine(at=AT, round=1, call=ToolCall(id="c1", tool="zoom"), answer="V2", seconds=0.2)
VERDICT = VerdictLine(at=AT, decision="review", status="decided", score=0.5)


def written(path: Path, *lines: TraceLine, resumed: bool = False) -> None:
    writer = TraceWriter(path)
    writer.begin("part-1", resumed=resumed)
    for line in lines:
        writer.write(line)
    writer.close()


def kinds(lines: list[Any]) -> list[str]:
    return [line.kind for line in lines]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "in" / "trace.jsonl"
    written(path, NODE, CALL, TOOL, VERDICT)
    trace = read_trace(path)
    assert trace.lines[1:] == [NODE, CALL, TOOL, VERDICT]
    assert trace.torn == 0
    assert trace.calls == [CALL]
    assert path.read_bytes().count(b"\n") == 5


def test_a_line_is_on_disk_before_the_next_one_comes(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    writer = TraceWriter(path)
    writer.begin("part-1", resumed=False)
    writer.write(NODE)
    assert kinds(read_trace(path).lines) == ["begin", "node"]
    writer.close()


@pytest.mark.parametrize("resumed", [False, True])
def test_a_writer_tells_what_the_file_holds(tmp_path: Path, resumed: bool) -> None:
    path = tmp_path / "trace.jsonl"
    assert TraceWriter(path).told() == NO_TRACE
    written(path, NODE)
    writer = TraceWriter(path)
    writer.begin("part-1", resumed=resumed)
    for line in (CALL, TOOL):
        writer.write(line)
    told = writer.told()
    writer.close()
    assert told == read_trace(path)
    assert kinds(told.lines) == [*(["begin", "node"] if resumed else []), "begin", "call", "tool"]


def test_a_run_that_starts_anew_forgets_the_trace_before_it(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    written(path, NODE)
    written(path, VERDICT)
    assert kinds(read_trace(path).lines) == ["begin", "verdict"]


def test_a_run_that_goes_on_appends_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    written(path, NODE)
    written(path, VERDICT, resumed=True)
    lines = read_trace(path).lines
    assert kinds(lines) == ["begin", "node", "begin", "verdict"]
    begins = [line for line in lines if isinstance(line, BeginLine)]
    assert [line.resumed for line in begins] == [False, True]


def test_a_torn_last_line_is_told_and_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    written(path, NODE, CALL)
    path.write_bytes(path.read_bytes()[:-30])
    trace = read_trace(path)
    assert kinds(trace.lines) == ["begin", "node"]
    assert trace.torn == 1


def test_a_run_that_goes_on_after_a_torn_line_starts_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    written(path, NODE, CALL)
    path.write_bytes(path.read_bytes()[:-30])
    written(path, CALL, VERDICT, resumed=True)
    trace = read_trace(path)
    assert kinds(trace.lines) == ["begin", "node", "begin", "call", "verdict"]
    assert trace.torn == 1


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b"not json\n", "line 2 is no line of a trace"),
        (b'{"kind": "unheard"}\n', "line 2 is no line of a trace"),
        (b'{"kind": "node", "at": ""}\n', "line 2 .*node: Field required"),
    ],
)
def test_a_bad_line_in_the_middle_is_named_in_one_line(
    tmp_path: Path, bad: bytes, said: str
) -> None:
    path = tmp_path / "trace.jsonl"
    written(path)
    path.write_bytes(path.read_bytes() + bad + NODE.model_dump_json().encode() + b"\n")
    with pytest.raises(AssetError, match=said) as refused:
        read_trace(path)
    assert "\n" not in str(refused.value)


def test_whole_json_of_another_kind_is_not_taken_for_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(b'{"kind": "unheard"}')
    with pytest.raises(AssetError, match="line 1"):
        read_trace(path)


def test_a_trace_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"trace\.jsonl' cannot be read \(No such file"):
        read_trace(tmp_path / "trace.jsonl")


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(AssetError, match="line 1 is no line"):
        read_trace(path)
