"""What differs between an inspection as it was recorded and as it came out again. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import JsonValue

from graphs.records import Inspection
from tools.records import Evidence, Record

RELATIVE_TOLERANCE = 1e-6
"""Beyond it two figures differ; sums in another order do not."""
NOT_THERE = "(not there)"
VERDICT_FIELDS = (
    "decision",
    "status",
    "raw_score",
    "score",
    "p_value",
    "calibrated",
    "thresholds",
    "fusion",
    "fusion_basis",
    "reason",
)
Pair: TypeAlias = tuple[str, Any, Any]


class Difference(Record):
    """One thing that is not as it was."""

    what: str
    """A path into the record, such as `verdict.thresholds.low` or `evidence.measure.E7.value`."""
    before: JsonValue
    after: JsonValue


def compare(before: Inspection, after: Inspection) -> list[Difference]:
    """What decides and what was seen; times, costs and versions are left out.

    Args:
        before: as recorded.
        after: as it came out again, of the same asset.
    """
    found = [
        *_pairs("asset.sha256", before.asset.sha256, after.asset.sha256),
        *_pairs("product", before.product, after.product),
        *_pairs("mind", before.mind, after.mind),
        *_pairs("strategy", before.strategy, after.strategy),
        *_verdict(before, after),
        *_evidence(before.evidence, after.evidence),
        *_pairs("degraded", before.degraded, after.degraded),
    ]
    return [Difference(what=what, before=one, after=other) for what, one, other in found]


def _verdict(before: Inspection, after: Inspection) -> Iterator[Pair]:
    old, new = before.verdict.model_dump(mode="json"), after.verdict.model_dump(mode="json")
    for name in VERDICT_FIELDS:
        yield from _pairs(f"verdict.{name}", old[name], new[name])
    for name in ("findings", "regions", "causes", "remediation", "refuted"):
        yield from _listed(f"verdict.{name}", old[name], new[name])
    yield from _listed("rounds", _told(before), _told(after))


def _told(inspection: Inspection) -> list[dict[str, Any]]:
    """Rounds without what evidence and verdict tell already."""
    kept = {"thought", "tool_calls", "submitted", "candidates"}
    return [one.model_dump(mode="json", include=kept) for one in inspection.rounds]


def _evidence(before: Sequence[Evidence], after: Sequence[Evidence]) -> Iterator[Pair]:
    """By tool, in the order in which each tool brought it."""
    tools = dict.fromkeys(one.tool for one in [*before, *after])
    for tool in tools:
        old = [one for one in before if one.tool == tool]
        new = [one for one in after if one.tool == tool]
        for position in range(max(len(old), len(new))):
            first = old[position] if position < len(old) else None
            second = new[position] if position < len(new) else None
            known = first or second
            name = f"evidence.{tool}.{known.id if known else position}"
            yield from _pairs(name, _shown(first), _shown(second))


def _shown(evidence: Evidence | None) -> Any:
    if evidence is None:
        return NOT_THERE
    return evidence.model_dump(mode="json", exclude={"id", "tool"})


def _listed(what: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Pair]:
    for position in range(max(len(before), len(after))):
        old = before[position] if position < len(before) else NOT_THERE
        new = after[position] if position < len(after) else NOT_THERE
        yield from _pairs(f"{what}[{position + 1}]", old, new)


def _pairs(what: str, before: Any, after: Any) -> Iterator[Pair]:
    """Where two JSON values differ, as deep as they have the same form; a mask is told whole."""
    if isinstance(before, Mapping) and isinstance(after, Mapping) and "counts" not in before:
        for name in dict.fromkeys([*before, *after]):
            yield from _pairs(
                f"{what}.{name}", before.get(name, NOT_THERE), after.get(name, NOT_THERE)
            )
    elif _are_records(before) and _are_records(after) and len(before) == len(after):
        yield from _listed(what, before, after)
    elif not _same(before, after):
        yield what, before, after


def _are_records(value: Any) -> bool:
    """Whether it is a list that is told entry by entry; boxes are told whole."""
    return isinstance(value, list) and any(isinstance(one, Mapping) for one in value)


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, list) and isinstance(after, list):
        pairs = zip(before, after, strict=False)
        return len(before) == len(after) and all(_same(*pair) for pair in pairs)
    if isinstance(before, bool) != isinstance(after, bool):
        return False
    if _is_number(before) and _is_number(after):
        return math.isclose(before, after, rel_tol=RELATIVE_TOLERANCE, abs_tol=1e-12)
    return bool(before == after)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
