from __future__ import annotations

import pytest

from graphs.minds.chat import CalledTool, ChatReply
from graphs.minds.vlm.asking import Unusable
from graphs.minds.vlm.said import WrittenCall, read_said, tool_calls
from graphs.records import ToolCall

ZOOM = WrittenCall("zoom", {"region": 1})


@pytest.mark.parametrize(
    "text",
    [
        '{"thought": "closer", "tool_calls": [{"name": "zoom", "arguments": {"region": 1}}]}',
        '{"thought": "closer", "tool_calls": [{"tool": "zoom", "args": {"region": 1}}]}',
        '{"thought": "closer", "tool_calls": [{"function": {"name": "zoom",'
        ' "arguments": "{\\"region\\": 1}"}}]}',
        '{"thought": "closer"}\n<tool_call>{"name": "zoom", "arguments": {"region": 1}}'
        "</tool_call>",
        'I look.\n```json\n{"thought": "closer", "name": "zoom", "parameters": {"region": 1,}}'
        "\n```",
    ],
)
def test_a_call_in_text_is_read_however_it_is_written(text: str) -> None:
    said = read_said(ChatReply(text=text))

    assert (said.thought, said.calls, said.submission) == ("closer", [ZOOM], None)


@pytest.mark.parametrize(
    "text",
    [
        '{"thought": "sicher", "submit": {"anomalous": false, "score": 0.1}}',
        '{"thought": "sicher", "tool_calls": [{"name": "submit", "arguments":'
        ' {"anomalous": false, "score": 0.1}}]}',
        '{"thought": "sicher", "anomalous": false, "score": 0.1}',
    ],
)
def test_an_answer_in_text_is_read_whatever_language_its_words_are_in(text: str) -> None:
    said = read_said(ChatReply(text=text))

    assert (said.thought, said.submission) == ("sicher", {"anomalous": False, "score": 0.1})


def test_native_calls_are_read_with_the_text_beside_them() -> None:
    call = CalledTool(id="a", name="zoom", arguments='{"region": 1}')

    said = read_said(ChatReply(text="closer", tool_calls=[call]))

    assert (said.thought, said.calls) == ("closer", [ZOOM])


@pytest.mark.parametrize("arguments", ['{"region": 1, "margin": ', "[1]", "region 1"])
def test_arguments_that_are_no_json_object_are_told(arguments: str) -> None:
    call = CalledTool(id="a", name="zoom", arguments=arguments)

    with pytest.raises(Unusable, match="the arguments of zoom are no JSON object"):
        read_said(ChatReply(tool_calls=[call]))


def test_prose_that_asks_for_nothing_is_unreadable() -> None:
    with pytest.raises(Unusable, match="neither calls a tool nor hands in"):
        read_said(ChatReply(text="Auf dem Bild ist eine Platine zu sehen."))


def test_calls_get_ids_of_our_own_and_lose_what_is_null() -> None:
    calls = [WrittenCall("zoom", {"region": 1, "margin": None}), WrittenCall("mark", {})]

    assert tool_calls(calls, number=2) == [
        ToolCall(id="r002c0001", tool="zoom", arguments={"region": 1}),
        ToolCall(id="r002c0002", tool="mark", arguments={}),
    ]


def test_arguments_that_nest_deeper_than_any_tools_are_told() -> None:
    with pytest.raises(Unusable, match="flat lists"):
        tool_calls([WrittenCall("zoom", {"box_xyxy": {"x1": 1}})], number=1)


@pytest.mark.parametrize(
    ("written", "name"),
    [("functions.zoom", "zoom"), ("zoom in", "zoom_in"), ("<tool>", "_tool_"), ("", "unnamed")],
)
def test_names_that_no_api_takes_back_are_mended(written: str, name: str) -> None:
    reply = ChatReply(tool_calls=[CalledTool(id="a", name=written, arguments="{}")])

    assert [call.name for call in read_said(reply).calls] == [name]
