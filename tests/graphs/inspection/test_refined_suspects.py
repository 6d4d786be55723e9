"""Suspects of coarse maps drawn to the picture, and what they are told as."""

from __future__ import annotations

import numpy as np

from graphs.inspection.expert_survey import (
    Standard,
    Suspect,
    find_suspects,
    suspect_drafts,
    suspect_region,
)
from graphs.inspection.refined_suspects import refine_suspects
from tools.arrays import UInt8Image
from tools.records import View

WINDOW = View(
    id="V1",
    asset_sha256="0" * 64,
    artifact="1" * 64,
    size=[120, 120],
    window_xyxy=[0, 0, 120, 120],
    factor_xy=[1, 1],
)
PIT = (56, 52, 64, 60)
NORMAL = Standard(pixel_level=4.0, raw_score=0.5, raw_level=1.0)


def pitted() -> UInt8Image:
    noise = np.random.default_rng(5).normal(120, 3, (120, 120))
    x1, y1, x2, y2 = PIT
    noise[y1:y2, x1:x2] = 60
    return np.asarray(np.repeat(noise.astype(np.uint8)[..., None], 3, axis=2))


def suspect(box: tuple[int, int, int, int], *, expert: str, severity: float = 2.0) -> Suspect:
    mask = np.zeros((120, 120), dtype=np.bool_)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return Suspect(box_xyxy=box, mask=mask, peaks={expert: 2.0}, severity=severity)


def test_an_area_of_a_coarse_map_is_drawn_to_the_pit_in_it() -> None:
    (refined,) = refine_suspects([suspect((40, 40, 80, 80), expert="patch_memory")], pitted())

    assert np.abs(np.subtract(refined.box_xyxy, PIT)).max() <= 1
    assert refined.peaks == {"patch_memory": 2.0}


def test_an_area_of_a_fine_map_stays_as_it_is() -> None:
    fine = suspect((40, 40, 80, 80), expert="registered_difference")

    assert refine_suspects([fine], pitted()) == [fine]


def test_two_areas_that_run_into_one_become_one() -> None:
    upper = suspect((40, 30, 80, 57), expert="patch_memory", severity=3.0)
    lower = suspect((40, 57, 80, 85), expert="patch_memory")

    (refined,) = refine_suspects([lower, upper], pitted())

    assert refined.severity == 3.0


def test_a_part_in_doubt_shows_where_it_differs_most_and_claims_no_more() -> None:
    anomaly_map = np.zeros((120, 120), dtype=np.float32)
    anomaly_map[40:80, 40:80] = 3.0
    doubted = Standard(pixel_level=4.0, raw_score=0.5, raw_level=1.0, doubted=True)

    assert find_suspects({"patch_memory": anomaly_map}, {"patch_memory": NORMAL}) == []
    (found,) = find_suspects({"patch_memory": anomaly_map}, {"patch_memory": doubted})
    region = suspect_region(found, region_id=1, view=WINDOW)
    (draft,) = suspect_drafts(found.peaks, region=region, standards={"patch_memory": doubted})

    assert (found.box_xyxy, found.severity) == ((40, 40, 80, 80), 0.5)
    assert draft.values == {"expert": "patch_memory", "highest": 3.0}
    assert "Neither is beyond normal alone." in draft.text
