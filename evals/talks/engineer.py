"""A scripted VLM for the conversation: it reads what tools answered, and cites it.

It stands for a model in tests and in the recorded conversation. Its words are given, its numbers
are read from the requests that it gets, so that they are the tools' and not the script's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from agent.loopback import CalledTool, ChatRequest, Reply, Scripted
from evals.talks.stories import SCREWS, Story

DAY = "2026-11-24"


class Row(NamedTuple):
    """One group of a query's answer."""

    group: str
    anomalous: int
    units: int


def tool_texts(request: ChatRequest) -> str:
    """All that tools answered in this turn, as the model was sent it."""
    texts = [one["content"] for one in request.body["messages"] if one.get("role") == "tool"]
    return "\n".join(one if isinstance(one, str) else json.dumps(one) for one in texts)


def rows_of(text: str, query: str) -> list[Row]:
    """The groups of a query's answer.

    Args:
        text: of tools.
        query: id of the result, Q1.
    """
    _, _, after = text.partition(f"[{query}] ")
    block = after.split("\n[", 1)[0]
    found = re.findall(r"^- (\S+): (\d+) of (\d+) ", block, re.MULTILINE)
    return [Row(group, int(anomalous), int(units)) for group, anomalous, units in found]


def _calls(*calls: tuple[str, dict[str, Any]]) -> Reply:
    return Reply(tool_calls=tuple(CalledTool(name=name, arguments=given) for name, given in calls))


def _count(story: Story, request: ChatRequest) -> Reply:
    where = [f"day={DAY}"]
    return _calls(
        ("query", {"measure": "p_chart", "by": "day", "where": []}),
        ("query", {"measure": "count", "by": "station", "where": where}),
        ("query", {"measure": "pareto", "by": "defect", "where": where}),
        (
            "ask_knowledge",
            {"query": story.defect, "product": story.product, "kinds": ["failure_mode"]},
        ),
    )


def _suspect(story: Story, request: ChatRequest) -> Reply:
    worst = max(rows_of(tool_texts(request), "Q2"), key=lambda row: row.anomalous / row.units)
    return _calls(
        (
            "hypothesis",
            {
                "text": f"{story.cause} at station {worst.group}",
                "likelihood": 0.7,
                "support": ["Q2", "Q3", story.mode_id],
                "why": f"{worst.anomalous} of {worst.units} of {worst.group} have {story.defect}",
            },
        ),
        ("query", {"measure": "count", "by": "day", "where": [f"station={worst.group}"]}),
    )


def _answer(story: Story, request: ChatRequest, *, cites: str) -> Reply:
    text = tool_texts(request)
    day = next(row for row in rows_of(text, "Q1") if row.group == DAY)
    worst = max(rows_of(text, "Q2"), key=lambda row: row.anomalous / row.units)
    return Reply(
        text=(
            f"On Tuesday {day.anomalous} of {day.units} boards were anomalous [Q1]. Station "
            f"{worst.group} stands out with {worst.anomalous} of {worst.units} [Q2]; the boards "
            f"have {story.defect} [Q3, {cites}]. On its other days it was in order [Q4]. Most "
            f"likely: {story.cause[0].lower()}{story.cause[1:]} [H1]. What was changed there?"
        )
    )


def _invented(story: Story, request: ChatRequest) -> Reply:
    """An answer with a citation that nothing has: it comes back refused."""
    return _answer(story, request, cites=f"rule:{story.product}/R99")


def _mended(story: Story, request: ChatRequest) -> Reply:
    return _answer(story, request, cites=story.mode_id)


def _raise(story: Story, request: ChatRequest) -> Reply:
    return _calls(
        (
            "hypothesis",
            {
                "id": "H1",
                "likelihood": 0.95,
                "support": ["Q4"],
                "status": "confirmed",
                "why": f"the person says that {story.found}",
            },
        ),
        (
            "five_whys",
            {
                "problem": f"Boards have {story.defect} on Tuesday [Q3]",
                "answers": [
                    "they come from station S3 [Q2]",
                    f"{story.cause} [{story.mode_id}]",
                    f"{story.why} [H1]",
                    story.open_why,
                ],
            },
        ),
    )


def _confirmed(story: Story, request: ChatRequest) -> Reply:
    return Reply(
        text=f"Then the chain is closed up to there [M1]; still open: {story.open_why}. The "
        "hypothesis stands at 0.95 [H1]. Shall I write the 8D report?"
    )


def _write(story: Story, request: ChatRequest) -> Reply:
    return _calls(
        (
            "ishikawa",
            {
                "effect": f"{story.defect} on Tuesday [Q3]",
                "causes": [one.format(mode=story.mode_id) for one in story.causes],
            },
        ),
    )


def _report(story: Story, request: ChatRequest) -> Reply:
    history = json.dumps(request.body["messages"], ensure_ascii=False)
    found = re.findall(r"On Tuesday (\d+) of (\d+) boards", history)[-1]
    worst = re.findall(r"Station (S\d) stands out with (\d+) of (\d+)", history)[-1]
    station, bad, units = worst
    return _calls(
        (
            "report_8d",
            {
                "name": "8d-report",
                "title": f"{story.defect} on {story.product}",
                "team": "",
                "problem": f"On {DAY} {found[0]} of {found[1]} boards were anomalous [Q1]; at "
                f"station {station} {bad} of {units} [Q2], all with {story.defect} [Q3].",
                "containment": f"Hold the {units} boards of {station} of {DAY} and "
                f"{story.containment} [Q2].",
                "root_cause": f"{story.cause}: {story.why} [H1, M1].",
                "corrective_actions": f"{story.correction} [{story.mode_id}].",
                "implementation": "",
                "prevention": f"{story.prevention} [M1].",
                "recognition": "",
                "figures": ["Q1", "Q2", "Q3", "M2"],
            },
        ),
    )


def _done(story: Story, request: ChatRequest) -> Reply:
    return Reply(text="The 8D report is written, with its figures and sources [M2, H1].")


SCRIPT: tuple[Callable[[Story, ChatRequest], Reply], ...] = (
    _count,
    _suspect,
    _invented,
    _mended,
    _raise,
    _confirmed,
    _write,
    _report,
    _done,
)


def scripted_engineer(story: Story = SCREWS) -> Scripted:
    """The model of one conversation, `story.said`."""
    return Scripted([partial(one, story) for one in SCRIPT])
