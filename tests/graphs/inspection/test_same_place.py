from __future__ import annotations

from graphs.inspection.same_place import merge_views
from graphs.records import Candidate
from tools.records import Asset, AssetPart, ImageExtent, PointExtent, Region


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
            claim="A bulge in region 2 (also seen in V1, V3).",
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


def test_a_stain_on_a_photograph_and_the_dent_in_its_scan_are_one_finding_with_both_places() -> (
    None
):
    """Both are pixels 2 to 4 of rows 1 to 2 of a grid of 6 x 4."""
    parts = [
        AssetPart(name="rgb", path="a.png", sha256="0" * 64, modality="image", size=[6, 4]),
        AssetPart(name="xyz", path="a.tiff", sha256="1" * 64, modality="point_cloud", size=[24, 0]),
    ]
    unit = Asset(path="u", sha256="2" * 64, modality="several", size=[2], parts=parts)
    dent = seen(2, "V2", 8, 9, 10, 14, 15, 16)
    regions = {
        1: Region(
            id=1,
            view="V1",
            box_xyxy=[2, 1, 5, 3],
            source=ImageExtent(box_xyxy=[2, 1, 5, 3], part="rgb"),
        ),
        2: dent.model_copy(update={"source": dent.source.model_copy(update={"part": "xyz"})}),
    }
    claims = [claim(1, 0.5, "E1"), claim(2, 0.8, "E2")]

    (merged,) = merge_views(claims, regions, unit)

    assert merged.claim == "A bulge in region 2 (also seen in V1)."
    assert (merged.region, merged.other_regions) == (2, [1])
    assert merged.evidence_ids == ["E2", "E1"]
    assert len(merge_views(claims, regions)) == 2


def test_views_that_were_seen_before_stay_told_when_a_worse_claim_comes() -> None:
    regions = {n: seen(n, view, 1, 2, 3) for n, view in ((1, "V1"), (2, "V2"), (3, "V10"))}

    (merged,) = merge_views([claim(1, 0.5), claim(2, 0.6), claim(3, 0.7)], regions)

    assert merged.claim == "A bulge in region 3 (also seen in V2, V1)."
