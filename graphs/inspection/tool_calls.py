"""Tool calls of one round, in worker threads. Knows no state and no product."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from pydantic import ValidationError

from graphs.records import ToolCall
from tools.errors import ToolError
from tools.ports import Draft, Tool, ToolContext, ToolResult
from tools.records import Region, View

MAX_CALLS = 12
"""Calls of one round that are run; more are refused."""
NUMBERING = frozenset({"mark", "zoom", "segment"})
"""Tools that number new views or regions; they run one after another."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one tool call came to."""

    tool: str
    text: str
    evidence: list[Draft] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    seconds: float = 0.0


async def run_calls(
    calls: Sequence[ToolCall], *, tools: Mapping[str, Tool], shown: Callable[[], ToolContext]
) -> list[Answer]:
    """Run calls, in parallel where they are independent.

    Args:
        calls: in the order that the mind gave.
        tools: by name, those that are allowed.
        shown: makes what the tools may use; called in their threads, so it may open an asset.

    Returns:
        One answer for each call, in order.
    """
    numbering = [n for n, call in enumerate(calls) if call.tool in NUMBERING and n < MAX_CALLS]
    others = [n for n, call in enumerate(calls) if n not in numbering and n < MAX_CALLS]
    # Those that number run after one another in one thread.
    together = [[n] for n in others] + ([numbering] if numbering else [])
    ran = await asyncio.gather(
        *(asyncio.to_thread(_chain, [calls[n] for n in some], tools, shown) for some in together)
    )
    answers = {
        n: answer
        for some, made in zip(together, ran, strict=True)
        for n, answer in zip(some, made, strict=True)
    }
    refusal = f"Not run: a round may have {MAX_CALLS} calls. Ask again in the next round."
    return [answers.get(n, Answer(tool=call.tool, text=refusal)) for n, call in enumerate(calls)]


def run_call(call: ToolCall, *, tools: Mapping[str, Tool], shown: ToolContext) -> Answer:
    """Run one call; what is wrong with it becomes the answer's text."""
    tool = tools.get(call.tool)
    if tool is None:
        known = ", ".join(sorted(tools)) or "none"
        return Answer(tool=call.tool, text=f"There is no tool {call.tool!r}. Try one of: {known}.")
    started = perf_counter()
    try:
        result = tool.run(shown, tool.arguments.model_validate(call.arguments))
    except ValidationError as error:
        return Answer(tool=call.tool, text=_bad_arguments(tool, error))
    except ToolError as error:
        return Answer(tool=call.tool, text=f"{call.tool} refused: {error}")
    return _answer(call.tool, result, seconds=perf_counter() - started)


def _chain(
    calls: Sequence[ToolCall], tools: Mapping[str, Tool], shown: Callable[[], ToolContext]
) -> list[Answer]:
    """Run calls one after another; each sees the views and regions of those before."""
    answers: list[Answer] = []
    seen = shown()
    for call in calls:
        answer = run_call(call, tools=tools, shown=seen)
        answers.append(answer)
        seen = replace(
            seen,
            views=seen.views | {view.id: view for view in answer.views},
            regions=seen.regions | {region.id: region for region in answer.regions},
        )
    return answers


def _answer(name: str, result: ToolResult, *, seconds: float) -> Answer:
    return Answer(
        tool=name,
        text=result.text,
        evidence=result.evidence,
        views=result.views,
        regions=result.regions,
        seconds=seconds,
    )


def _bad_arguments(tool: Tool, error: ValidationError) -> str:
    wrong = "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'arguments'}: {one['msg']}" for one in error.errors()
    )
    fields = ", ".join(
        f"{name}{'' if about.is_required() else ' (optional)'}"
        for name, about in tool.arguments.model_fields.items()
    )
    return f"{tool.name} refused its arguments: {wrong}. It takes: {fields or 'none'}."
