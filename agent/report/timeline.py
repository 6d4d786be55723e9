"""The lines of a trace as rows of a table, with what each model call said. Knows no page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from agent.report.figures import arguments_words, count_words, seconds_words, usd_words
from agent.trace import Trace
from graphs.journal import BeginLine, CallLine, NodeLine, ToolLine, TraceLine
from graphs.minds.chat import ChatReply, ChatRequest, Message


class Exchange(NamedTuple):
    """What a model was told and what it said."""

    n_before: int
    """Messages that an earlier request of the same purpose began with too; not told again."""
    messages: list[Message]
    tools: str
    """Names of those that were offered."""
    reply: str
    calls: list[str]


class Row(NamedTuple):
    """One line of the trace."""

    after: str
    """Since the first line."""
    kind: str
    what: str
    seconds: float
    share: float
    """Of the longest line, in [0, 1]."""
    detail: str
    bad: bool
    exchange: Exchange | None = None


def timeline(trace: Trace) -> list[Row]:
    """A row for each line, in the order of the trace."""
    if not trace.lines:
        return []
    start = datetime.fromisoformat(trace.lines[0].at)
    longest = max((_seconds(line) for line in trace.lines), default=0.0) or 1.0
    said: dict[str, list[Message]] = {}
    rows = []
    for line in trace.lines:
        exchange = None
        if isinstance(line, CallLine):
            exchange = _exchange(line.request, line.reply, said.get(line.request.purpose, []))
            said[line.request.purpose] = line.request.messages
        what, detail, bad = _words(line)
        seconds = _seconds(line)
        after = max((datetime.fromisoformat(line.at) - start).total_seconds(), 0.0)
        share = seconds / longest
        told = seconds_words(after)
        rows.append(Row(told, line.kind, what, seconds, share, detail, bad, exchange))
    return rows


def _seconds(line: TraceLine) -> float:
    return line.seconds if isinstance(line, NodeLine | CallLine | ToolLine) else 0.0


def _words(line: TraceLine) -> tuple[str, str, bool]:
    """What happened, more about it, and whether something went wrong."""
    if isinstance(line, BeginLine):
        return ("the run goes on" if line.resumed else "the inspection begins"), "", line.resumed
    if isinstance(line, NodeLine):
        return line.node, line.detail, False
    if isinstance(line, ToolLine):
        call = f"{line.call.tool}({arguments_words(line.call.arguments)})"
        return call, line.answer, " refused" in line.answer[:60]
    if isinstance(line, CallLine):
        what = f"{line.request.purpose}, attempt {line.attempt} at {line.model}"
        fault = f"{line.fault}: {line.message}. " if line.fault else ""
        return what, f"{fault}{cost_words(line.reply)}", line.fault is not None
    decision = line.decision or "no decision"
    return f"{decision} ({line.status})", line.reason, line.status != "decided"


def cost_words(reply: ChatReply | None) -> str:
    """Tokens, pictures and money of one reply."""
    if reply is None:
        return "no reply"
    cached = f" ({reply.cached_tokens} cached)" if reply.cached_tokens else ""
    told = [
        f"{reply.input_tokens} tokens in{cached}",
        f"{reply.output_tokens} out",
        count_words(reply.images, "picture"),
    ]
    if reply.cost_usd is not None:
        told.append(usd_words(reply.cost_usd))
    return ", ".join(told)


def _exchange(request: ChatRequest, reply: ChatReply | None, before: Sequence[Message]) -> Exchange:
    n_same = 0
    for one, other in zip(before, request.messages, strict=False):
        if one is not other and one != other:
            break
        n_same += 1
    calls = [f"{call.name}({call.arguments})" for call in reply.tool_calls] if reply else []
    said = (reply.text or reply.refusal) if reply else ""
    names = ", ".join(tool.name for tool in request.tools)
    return Exchange(n_same, request.messages[n_same:], names, said, calls)
