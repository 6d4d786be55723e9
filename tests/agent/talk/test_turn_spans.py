"""Spans of a conversation's turns, and the trace that they are made beside."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent.conversations import Conversations
from agent.inspector import Inspector
from agent.settings import Settings
from agent.spans import Spans
from agent.trace import read_trace
from graphs.minds.chat import CalledTool, ChatFault, ChatReply
from graphs.minds.scripted import ScriptedChat

SECRET = "what-nobody-else-may-read"
QUERY = CalledTool(id="x", name="query", arguments='{"measure": "units", "by": ""}')
ANSWER = ChatReply(text=f"60 units [Q1], {SECRET}.", input_tokens=70, output_tokens=7)


class Told(NamedTuple):
    """A home whose model follows a script, and the spans that it leaves."""

    talks: Conversations
    chat: ScriptedChat
    exporter: InMemorySpanExporter

    async def said(self) -> list[ReadableSpan]:
        async for _ in self.talks.say(SECRET, f"how many, {SECRET}?"):
            pass
        return list(self.exporter.get_finished_spans())


@pytest.fixture
def lines() -> list[ChatReply | ChatFault]:
    return [ChatReply(tool_calls=[QUERY]), ANSWER]


@pytest.fixture
def told(lots: Path, lines: list[ChatReply | ChatFault]) -> Iterator[Told]:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    chat = ScriptedChat(lines, name="m")
    with Inspector(Settings(home=lots, vlm_attempts=1), chat=chat) as inspector:
        inspector.workshop.spans = Spans(provider.get_tracer("loupe"))
        yield Told(Conversations(inspector), chat, exporter)


async def test_calls_and_tools_stand_below_their_nodes_and_nodes_below_the_turn(
    told: Told,
) -> None:
    spans = await told.said()
    names = {one.context.span_id: one.name for one in spans if one.context}
    above = {(one.name, one.parent and names[one.parent.span_id]) for one in spans}

    assert above == {
        ("invoke_agent loupe-conversation", None),
        ("listen", "invoke_agent loupe-conversation"),
        ("think", "invoke_agent loupe-conversation"),
        ("act", "invoke_agent loupe-conversation"),
        ("answer", "invoke_agent loupe-conversation"),
        ("chat m", "think"),
        ("execute_tool query", "act"),
    }
    assert [one.name for one in spans].count("chat m") == 2


async def test_they_count_what_the_model_read_and_tell_no_words(told: Told) -> None:
    spans = await told.said()
    (root,) = ({**(one.attributes or {})} for one in spans if one.parent is None)

    assert root == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "loupe-conversation",
        "gen_ai.provider.name": "loupe",
        "gen_ai.conversation.id": hashlib.sha256(SECRET.encode()).hexdigest()[:8],
        "gen_ai.usage.input_tokens": 70,
        "gen_ai.usage.output_tokens": 7,
        "loupe.resumed": False,
        "loupe.mind": "vlm:m",
        "loupe.turn": 1,
        "loupe.asks": False,
        "loupe.citations": 1,
    }
    calls = [{**(one.attributes or {})} for one in spans if one.name == "chat m"]
    assert [one["loupe.purpose"] for one in calls] == ["converse", "converse"]
    assert SECRET not in "".join(one.to_json() for one in spans)


@pytest.mark.parametrize("lines", [[ChatFault("timeout", "too late", retryable=False)]])
async def test_a_call_that_failed_is_marked_though_the_turn_has_its_answer(told: Told) -> None:
    spans = await told.said()

    (call,) = (one for one in spans if one.name == "chat m")
    assert (call.attributes or {})["error.type"] == "timeout"
    (root,) = (one for one in spans if one.parent is None)
    assert "error.type" not in (root.attributes or {})


async def test_a_turn_that_is_given_up_is_told_as_such(told: Told) -> None:
    turn: Any = told.talks.say("t", "how many?")
    async for event in turn:
        if getattr(event, "node", "") == "think":
            break
    await turn.aclose()

    (root,) = (one for one in told.exporter.get_finished_spans() if one.parent is None)
    assert (root.attributes or {})["error.type"] == "GeneratorExit"


@pytest.mark.parametrize(
    "lines", [[ChatReply(tool_calls=[CalledTool(id="x", name="inspect", arguments="{}")]), ANSWER]]
)
async def test_an_inspection_of_the_turn_stands_below_it(told: Told, strange: Path) -> None:
    async for _ in told.talks.say("t", "inspect it", [strange]):
        pass
    spans = told.exporter.get_finished_spans()
    (turn,) = (one for one in spans if one.parent is None)
    (inspection,) = (one for one in spans if one.name == "invoke_agent loupe")

    assert turn.name == "invoke_agent loupe-conversation"
    assert inspection.parent is not None
    assert turn.context is not None
    assert inspection.parent.span_id == turn.context.span_id
    assert {one.context.trace_id for one in spans if one.context} == {turn.context.trace_id}


async def test_the_trace_of_a_thread_grows_and_no_handle_is_left_open(
    told: Told, lots: Path
) -> None:
    await told.said()
    told.chat.then([ChatReply(text="Yes.")])
    await told.said()
    (trace,) = (lots / "conversations").glob("*/trace.jsonl")

    kinds = [line.kind for line in read_trace(trace).lines]
    assert kinds == [
        *("node", "call", "node", "tool", "node", "call", "node", "node"),
        *("node", "call", "node", "node"),
    ]
    assert str(trace) not in {os.path.realpath(one) for one in Path("/proc/self/fd").iterdir()}
