"""A scripted VLM for the conversation: it reads what tools answered, and cites it.

It stands for a model in tests and in the recorded conversation. Its words are given, its numbers
are read from the requests that it gets, so that they are the tools' and not the script's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from agent.loopback import CalledTool, ChatRequest, Reply, Scripted

SAID = (
    "why did yield drop on Tuesday?",
    "the screwdriver operator of S3 says the feeder's empty sensor was bypassed on Monday night",
    "draw the fishbone and write the 8D report",
)
"""What the person says."""
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


def _count(request: ChatRequest) -> Reply:
    where = [f"day={DAY}"]
    return _calls(
        ("query", {"measure": "p_chart", "by": "day", "where": []}),
        ("query", {"measure": "count", "by": "station", "where": where}),
        ("query", {"measure": "pareto", "by": "defect", "where": where}),
        ("ask_knowledge", {"query": "missing screw", "kinds": ["failure_mode"]}),
    )


def _suspect(request: ChatRequest) -> Reply:
    worst = max(rows_of(tool_texts(request), "Q2"), key=lambda row: row.anomalous / row.units)
    return _calls(
        (
            "hypothesis",
            {
                "text": f"The screw feeder of station {worst.group} ran empty",
                "likelihood": 0.7,
                "support": ["Q2", "Q3", "mode:control-board/missing-screw"],
                "why": f"{worst.anomalous} of {worst.units} units of {worst.group} lack a screw",
            },
        ),
        ("query", {"measure": "count", "by": "day", "where": [f"station={worst.group}"]}),
    )


def _answer(request: ChatRequest, *, cites: str) -> Reply:
    text = tool_texts(request)
    day = next(row for row in rows_of(text, "Q1") if row.group == DAY)
    worst = max(rows_of(text, "Q2"), key=lambda row: row.anomalous / row.units)
    return Reply(
        text=(
            f"On Tuesday {day.anomalous} of {day.units} boards were anomalous [Q1]. Station "
            f"{worst.group} stands out with {worst.anomalous} of {worst.units} [Q2]; the boards "
            f"lack a screw [Q3, {cites}]. On its other days it was in order [Q4]. Most likely its "
            f"screw feeder ran empty [H1]. Was the feeder's empty sensor checked?"
        )
    )


def _invented(request: ChatRequest) -> Reply:
    """An answer with a citation that nothing has: it comes back refused."""
    return _answer(request, cites="rule:control-board/R99")


def _mended(request: ChatRequest) -> Reply:
    return _answer(request, cites="mode:control-board/missing-screw")


def _raise(request: ChatRequest) -> Reply:
    return _calls(
        (
            "hypothesis",
            {
                "id": "H1",
                "likelihood": 0.95,
                "support": ["Q4"],
                "status": "confirmed",
                "why": "the person says that the empty sensor was bypassed on Monday night",
            },
        ),
        (
            "five_whys",
            {
                "problem": "Boards lack a screw on Tuesday [Q3]",
                "answers": [
                    "they come from station S3 [Q2]",
                    "its screw feeder ran empty [mode:control-board/missing-screw]",
                    "the empty sensor was bypassed [H1]",
                    "nobody has to release a bypass",
                ],
            },
        ),
    )


def _confirmed(request: ChatRequest) -> Reply:
    return Reply(
        text="Then the chain is closed up to the bypass [M1]; who may bypass a sensor is still "
        "open. The hypothesis stands at 0.95 [H1]. Shall I write the 8D report?"
    )


def _write(request: ChatRequest) -> Reply:
    return _calls(
        (
            "ishikawa",
            {
                "effect": "missing screws on Tuesday [Q3]",
                "causes": [
                    "Machine: screw feeder ran empty [mode:control-board/missing-screw]",
                    "Measurement: empty sensor bypassed [H1]",
                    "Man: a screw was left out [mode:control-board/missing-screw]",
                    "Method: a bypass needs no release",
                ],
            },
        ),
    )


def _report(request: ChatRequest) -> Reply:
    history = json.dumps(request.body["messages"], ensure_ascii=False)
    found = re.findall(r"On Tuesday (\d+) of (\d+) boards", history)[-1]
    worst = re.findall(r"Station (S\d) stands out with (\d+) of (\d+)", history)[-1]
    station, bad, units = worst
    return _calls(
        (
            "report_8d",
            {
                "name": "8d-report",
                "title": "Missing screws on control boards",
                "team": "",
                "problem": f"On {DAY} {found[0]} of {found[1]} boards were anomalous [Q1]; at "
                f"station {station} {bad} of {units} [Q2], all with a missing screw [Q3].",
                "containment": f"Hold the {units} boards of {station} of {DAY} and fit the screws "
                "[Q2].",
                "root_cause": "The screw feeder ran empty while its empty sensor was bypassed "
                "[H1, M1].",
                "corrective_actions": "Restore and test the empty sensor; fit the screws "
                "[mode:control-board/missing-screw].",
                "implementation": "",
                "prevention": "A bypass of a sensor needs a release by quality [M1].",
                "recognition": "",
                "figures": ["Q1", "Q2", "Q3", "M2"],
            },
        ),
    )


def _done(request: ChatRequest) -> Reply:
    return Reply(text="The 8D report is written, with its figures and sources [M2, H1].")


SCRIPT: tuple[Callable[[ChatRequest], Reply], ...] = (
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


def scripted_engineer() -> Scripted:
    """The model of one conversation of `SAID`."""
    return Scripted(list(SCRIPT))
