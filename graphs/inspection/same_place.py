"""Candidates that speak of one place of an asset, seen in several of its views. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from graphs.records import Candidate
from tools.extents import overlap
from tools.pixel_grids import grid_overlap
from tools.records import Asset, Region

SAME_PLACE = 0.3
"""Share of the smaller of two places from which on they are one."""

ALSO_SEEN = "also seen in"


def merge_views(
    candidates: Sequence[Candidate], regions: Mapping[int, Region], asset: Asset | None = None
) -> list[Candidate]:
    """One candidate for each place, in the order of their coming.

    Only candidates whose regions lie in different views of the asset are merged: two claims in
    one view are two claims. The more suspicious one's claim stands, with the evidence of both.

    Args:
        candidates: of a mind and of the checks.
        regions: by number; all that the candidates name.
        asset: that they lie on. A photograph and a scan of the same pixels show one place.
    """
    merged: list[Candidate] = []
    for candidate in candidates:
        twin = next(
            (n for n, one in enumerate(merged) if _one_place(one, candidate, regions, asset)), None
        )
        if twin is None:
            merged.append(candidate)
        else:
            merged[twin] = _joined(merged[twin], candidate, regions, asset)
    return merged


def _one_place(
    first: Candidate, second: Candidate, regions: Mapping[int, Region], asset: Asset | None
) -> bool:
    mine, theirs = (
        [regions[one] for one in candidate.places if one in regions]
        for candidate in (first, second)
    )
    return any(_same(a, b, asset) for a in mine for b in theirs)


def _same(a: Region, b: Region, asset: Asset | None) -> bool:
    if a.view == b.view:
        return False
    if asset is not None and grid_overlap(a.source, b.source, asset) >= SAME_PLACE:
        return True
    return a.source.modality != "image" and overlap(a.source, b.source) >= SAME_PLACE


def _joined(
    first: Candidate, second: Candidate, regions: Mapping[int, Region], asset: Asset | None
) -> Candidate:
    kept, other = (first, second) if first.suspicion >= second.suspicion else (second, first)
    mine = [regions[one] for one in kept.places if one in regions]
    apart = [
        one
        for one in other.places
        if one in regions and not any(_told_by(own, regions[one], asset) for own in mine)
    ]
    return kept.model_copy(
        update={
            "other_regions": list(dict.fromkeys([*kept.other_regions, *apart])),
            "claim": _also_seen(kept, other, regions),
            "evidence_ids": list(dict.fromkeys([*kept.evidence_ids, *other.evidence_ids])),
            "rule_ids": list(dict.fromkeys([*kept.rule_ids, *other.rule_ids])),
        }
    )


def _told_by(own: Region, other: Region, asset: Asset | None) -> bool:
    """Whether a region says where another is; on another part it does not."""
    return own.source.part == other.source.part and _same(own, other, asset)


def _also_seen(kept: Candidate, other: Candidate, regions: Mapping[int, Region]) -> str:
    """The claim of one with the further views in which the place is seen."""
    own = [regions[one].view for one in kept.places if one in regions]
    views = [regions[one].view for one in other.places if one in regions]
    told, _, seen = kept.claim.partition(f" ({ALSO_SEEN} ")
    *_, theirs = other.claim.partition(f" ({ALSO_SEEN} ")
    named = [*re.findall(r"V\d+", seen), *views, *re.findall(r"V\d+", theirs)]
    further = [view for view in dict.fromkeys(named) if view not in own]
    return f"{told.rstrip('. ')} ({ALSO_SEEN} {', '.join(further)})." if further else kept.claim
