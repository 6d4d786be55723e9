"""The state of one inspection: records and digests, one meaning and one reducer per channel.

Holds no pixels, no clients and no settings.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Annotated, Any, get_type_hints

from graphs.records import Inspection, Recall, Round, TraceEvent, Usage, Verdict
from tools.records import Asset, Evidence, Region, View


def merge_rounds(left: list[Round], right: list[Round]) -> list[Round]:
    """Order by number; a later record of the same number replaces the earlier one."""
    by_number = {one.number: one for one in [*left, *right]}
    return [by_number[number] for number in sorted(by_number)]


def add_usage(left: Usage, right: Usage) -> Usage:
    """Add every figure; seconds of tools by tool."""
    tool_seconds = dict(left.tool_seconds)
    for tool, seconds in right.tool_seconds.items():
        tool_seconds[tool] = tool_seconds.get(tool, 0.0) + seconds
    return Usage(
        vlm_calls=left.vlm_calls + right.vlm_calls,
        input_tokens=left.input_tokens + right.input_tokens,
        output_tokens=left.output_tokens + right.output_tokens,
        cached_tokens=left.cached_tokens + right.cached_tokens,
        images=left.images + right.images,
        picture_bytes=left.picture_bytes + right.picture_bytes,
        cost_usd=left.cost_usd + right.cost_usd,
        unpriced_calls=left.unpriced_calls + right.unpriced_calls,
        seconds=left.seconds + right.seconds,
        tool_seconds=tool_seconds,
    )


@dataclass(kw_only=True)
class InspectionInput:
    """What an inspection starts from."""

    path: str
    """File of the asset."""
    product: str | None = None
    """Name or alias; None where it is to be recalled by similarity."""
    inspection_id: str = ""


@dataclass(kw_only=True)
class InspectionOutput:
    """What an inspection ends with."""

    inspection: Inspection | None = None


@dataclass(kw_only=True)
class State(InspectionInput, InspectionOutput):
    """Everything that is known during one inspection."""

    asset: Asset | None = None
    """Written by `load`."""
    contact_sheet: str = ""
    """Digest of the picture of all views at once, where there are several. Written by `load`."""
    recall: Recall | None = None
    """Written by `recall`."""
    views: Annotated[list[View], operator.add] = field(default_factory=list)
    """In the order of making: V1, V2, ...; nodes append."""
    regions: Annotated[list[Region], operator.add] = field(default_factory=list)
    """In the order of numbering: 1, 2, ...; nodes append."""
    evidence: Annotated[list[Evidence], operator.add] = field(default_factory=list)
    """In the order of numbering: E1, E2, ...; nodes append."""
    raw_scores: Annotated[dict[str, float], operator.or_] = field(default_factory=dict)
    """By source: experts, checks, and the mind where it gives a score of its own."""
    rounds: Annotated[list[Round], merge_rounds] = field(default_factory=list)
    """`look` writes a round, `act` writes it again with its observations."""
    usage: Annotated[Usage, add_usage] = field(default_factory=Usage)
    """Nodes add what they spent."""
    trace: Annotated[list[TraceEvent], operator.add] = field(default_factory=list)
    """One event for each node that ran."""
    degraded: Annotated[list[str], operator.add] = field(default_factory=list)
    """Reasons why the inspection had to do without something; nodes append."""
    mind_fault: str = ""
    """Why the mind could not answer; the experts decide without it. Written by `look`."""
    unanswerable: str = ""
    """Why the question, or the picture, allows no answer. Written by `look`."""
    stopped: str = ""
    """Which budget ended the looking before the mind was done. Written by `look`."""
    verdict: Verdict | None = None
    """Written by `judge`, and again by `ask` where a person decides."""


def taken_in(state: State, update: Mapping[str, Any]) -> State:
    """The state as it is once an update is taken in, by the reducers of its channels."""
    reducers = _reducers()
    values = {
        name: reducers[name](getattr(state, name), new) if name in reducers else new
        for name, new in update.items()
    }
    return replace(state, **values)


def changed(state: State, update: Mapping[str, Any]) -> dict[str, Any]:
    """An update without what it leaves as it is: of a checkpoint each channel written is a row."""
    reducers = _reducers()
    return {
        name: new
        for name, new in update.items()
        if (new if name in reducers else new != getattr(state, name))
    }


@cache
def _reducers() -> dict[str, Callable[[Any, Any], Any]]:
    hints = get_type_hints(State, include_extras=True).items()
    return {name: one.__metadata__[0] for name, one in hints if hasattr(one, "__metadata__")}
