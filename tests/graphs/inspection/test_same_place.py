from __future__ import annotations

from graphs.inspection.same_place import merge_views
from graphs.records import Candidate
from tools.records import ImageExtent, PointExtent, Region


def seen(number: int, view: str, *points: int) -> Region:
    return Region(
        id=number,
        view=view,
        box_xyxy=[0, 0, 5, 5],
        source=PointExtent(point_indices=list(points), centre_xyz=[0, 0, 0], extent_xyz=[1, 1, 1]),
    )


def claim(region: int, suspicion: float, *evidence: str) -> Candidate:
    return Candidate(
        claim=f"A bulge in region {region}.",
        region=region,
        suspicion=suspicion,
        evidence_ids=list(evidence),
    )


def test_one_bulge_seen_in_three_views_is_one_candidate_with_all_evidence() -> None:
    regions = {
        1: seen(1, "V1", 1, 2, 3, 4),
        2: seen(2, "V2", 3, 4, 5),
        3: seen(3, "V3", 2, 3),
    }

    merged = merge_views([claim(1, 0.5, "E1"), claim(2, 0.9, "E2"), claim(3, 0.4)], regions)

    assert merged == [
        Candidate(
            claim="A bulge in region 2 (also seen in V1) (also seen in V3).",
            region=2,
            suspicion=0.9,
            evidence_ids=["E2", "E1"],
        )
    ]


def test_two_claims_in_one_view_stay_two() -> None:
    regions = {1: seen(1, "V1", 1, 2), 2: seen(2, "V1", 1, 2)}
    claims = [claim(1, 0.5), claim(2, 0.6)]

    assert merge_views(claims, regions) == claims


def test_places_apart_stay_apart() -> None:
    regions = {1: seen(1, "V1", 1, 2), 2: seen(2, "V2", 8, 9)}
    claims = [claim(1, 0.5), claim(2, 0.6)]

    assert merge_views(claims, regions) == claims


def test_claims_on_photographs_and_claims_without_a_place_are_left_alone() -> None:
    box = ImageExtent(box_xyxy=[0, 0, 5, 5])
    regions = {n: Region(id=n, view=f"V{n}", box_xyxy=[0, 0, 5, 5], source=box) for n in (1, 2)}
    claims = [claim(1, 0.5), claim(2, 0.6), Candidate(claim="Too light.")]

    assert merge_views(claims, regions) == claims
