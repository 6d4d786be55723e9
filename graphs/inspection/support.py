"""Whether evidence supports a claim about a region. Pure; the contract of every finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tools.records import Evidence, Region, View

MEASURED = (
    ("peak", "normal_level"),
    ("raw_score", "normal_level"),
    ("difference", "normal_level"),
    ("probability", "highly_from"),
)
"""Pairs of a value and the level that a normal part does not exceed; the last of an expert without
references, and the level from which on it speaks of highly suspicious."""


def supporting(
    evidence: Sequence[Evidence], *, region: Region | None, views: Mapping[str, View]
) -> list[Evidence]:
    """Those that show the region and whose values do not contradict that something is wrong."""
    return [
        one for one in evidence if shows(one, region=region, views=views) and says(one) is not False
    ]


def shows(evidence: Evidence, *, region: Region | None, views: Mapping[str, View]) -> bool:
    """Whether the evidence's view exists and its window contains the region.

    Text from knowledge has no view and shows no region.
    """
    if evidence.view is None:
        return region is None
    view = views.get(evidence.view)
    if view is None:
        return False
    if region is None:
        return True
    own = views.get(region.view)
    if own is not None and own.picture != view.picture:
        # Two frames: only what was made of this very region shows it.
        return evidence.region is not None and evidence.region.id == region.id
    return view.contains(region.box_xyxy)


def says(evidence: Evidence) -> bool | None:
    """Whether the values say that something is wrong; None where they say neither."""
    values = evidence.values
    if isinstance(values.get("within"), bool):
        return not values["within"]
    if values.get("check") == "misplaced":
        return True
    if "expected" in values and "found" in values:
        return values["expected"] != values["found"]
    for value, level in MEASURED:
        if value in values and level in values:
            return float(str(values[value])) > float(str(values[level]))
    return None
