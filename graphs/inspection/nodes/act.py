"""Runs the tools that a mind asked for; a refusal becomes an observation that says what to try."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from langgraph.runtime import Runtime

from graphs.inspection.context import Context
from graphs.inspection.scene import known_model, model_of, tool_context
from graphs.inspection.state import State
from graphs.inspection.tool_calls import Answer, run_calls
from graphs.journal import ToolLine, now
from graphs.records import Round, Usage
from tools.asset_ports import AssetPort
from tools.locate import located
from tools.ports import ToolContext
from tools.records import Evidence, View


async def act(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Run the last round's tool calls and write the round again with its observations."""
    from tools.table import TOOLS

    context, last = runtime.context, state.rounds[-1]
    tools = {name: TOOLS[name] for name in context.allowed_tools if name in TOOLS}
    # Before the calls, which would each ask for it: they see one state of the product.
    await known_model(state, context)
    answers = await run_calls(last.tool_calls, tools=tools, shown=partial(_shown, state, context))
    if any(answer.regions for answer in answers):
        answers = await asyncio.to_thread(_located, answers, state, context)
    evidence, observations = _numbered(answers, first=len(state.evidence) + 1)
    views = [view for answer in answers for view in answer.views]
    seen = {
        "observations": observations,
        "evidence_ids": [one.id for one in evidence],
        "view_ids": [view.id for view in views],
    }
    _tell(context, last, answers, evidence)
    return {
        "rounds": [last.model_copy(update=seen)],
        "evidence": evidence,
        "views": views,
        "regions": [region for answer in answers for region in answer.regions],
        "usage": _usage(answers),
        "detail": ", ".join(call.tool for call in last.tool_calls),
    }


def _shown(state: State, context: Context) -> ToolContext:
    """What tools may use. Blocking where the asset is not yet open."""
    asset = context.pictures.open(state.path, max_pixels=context.max_pixels)
    return tool_context(state, context, model_of(state, context), asset=asset)


def _located(answers: Sequence[Answer], state: State, context: Context) -> list[Answer]:
    """Answers whose regions are told in the asset's own coordinates."""
    asset = context.pictures.open(state.path, max_pixels=context.max_pixels)
    views = {view.id: view for view in state.views}
    views |= {view.id: view for answer in answers for view in answer.views}
    return [_located_answer(answer, views, asset) for answer in answers]


def _located_answer(answer: Answer, views: Mapping[str, View], asset: AssetPort) -> Answer:
    regions = located(answer.regions, views=views, asset=asset)
    new = {region.id: region for region in regions}
    evidence = [
        one
        if one.region is None or one.region.id not in new
        else replace(one, region=new[one.region.id])
        for one in answer.evidence
    ]
    return replace(answer, regions=regions, evidence=evidence)


def _tell(
    context: Context, last: Round, answers: Sequence[Answer], evidence: Sequence[Evidence]
) -> None:
    """One line of the journal for each call."""
    numbered = iter(evidence)
    for call, answer in zip(last.tool_calls, answers, strict=True):
        own = list(islice(numbered, len(answer.evidence)))
        pictures = [view.artifact for view in answer.views]
        pictures += [one.artifact for one in own if one.artifact]
        context.journal.write(
            ToolLine(
                at=now(),
                round=last.number,
                call=call,
                answer=answer.text,
                evidence_ids=[one.id for one in own],
                artifacts=list(dict.fromkeys(pictures)),
                seconds=answer.seconds,
            )
        )


def _numbered(answers: list[Answer], *, first: int) -> tuple[list[Evidence], list[str]]:
    """Evidence in the order of the calls, and each observation with the ids of its evidence."""
    evidence: list[Evidence] = []
    observations: list[str] = []
    for answer in answers:
        new = [
            draft.numbered(first + len(evidence) + offset)
            for offset, draft in enumerate(answer.evidence)
        ]
        evidence.extend(new)
        cited = f" [{', '.join(one.id for one in new)}]" if new else ""
        observations.append(f"{answer.text}{cited}")
    return evidence, observations


def _usage(answers: list[Answer]) -> Usage:
    seconds: dict[str, float] = {}
    for answer in answers:
        if answer.seconds > 0:
            seconds[answer.tool] = seconds.get(answer.tool, 0.0) + answer.seconds
    return Usage(tool_seconds=seconds)
