from __future__ import annotations

import numpy as np
import pytest

from graphs.inspection.expert_survey import (
    Standard,
    find_suspects,
    region_level,
    suspect_drafts,
    suspect_region,
)
from graphs.inspection.numbering import Ledger
from graphs.inspection.parts_survey import Names, note_parts, unchecked_counts
from graphs.inspection.rule_survey import allowed, measured, note_counts
from knowledge.records import Rule
from tools.arrays import Float32Map
from tools.parts import ExtraPart, FoundPart, PartsReport, PartsTemplate, TypeCount
from tools.parts_matching import Patch
from tools.parts_template import Part
from tools.ports import Draft
from tools.records import View

WINDOW = View(
    id="V1",
    asset_sha256="0" * 64,
    artifact="1" * 64,
    size=[100, 80],
    window_xyxy=[0, 0, 100, 80],
    factor_xy=[1, 1],
)
SIX = Rule(id="R4", kind="tolerance", text="Six screws.", quantity="count:screw", min=6, max=6)


def blob(x1: int, y1: int, x2: int, y2: int, *, height: float) -> Float32Map:
    anomaly_map = np.zeros((80, 100), dtype=np.float32)
    anomaly_map[y1:y2, x1:x2] = height
    return anomaly_map


def above(level: float) -> Standard:
    """Of a picture whose score as a whole is normal."""
    return Standard(pixel_level=level, raw_score=0.0, raw_level=1.0)


def test_what_two_experts_point_at_is_one_suspect_with_both_peaks() -> None:
    maps = {"a": blob(20, 10, 40, 30, height=3.0), "b": blob(22, 12, 42, 32, height=8.0)}

    (suspect,) = find_suspects(maps, {"a": above(1.0), "b": above(4.0)})

    assert suspect.peaks == {"a": 3.0, "b": 8.0}
    assert (suspect.severity, suspect.box_xyxy) == (3.0, (20, 10, 40, 30))


def test_suspects_apart_stay_apart_and_the_worst_comes_first() -> None:
    maps = {"a": blob(0, 0, 10, 10, height=2.0) + blob(60, 60, 70, 70, height=5.0)}

    suspects = find_suspects(maps, {"a": above(1.0)})

    assert [one.box_xyxy for one in suspects] == [(60, 60, 70, 70), (0, 0, 10, 10)]


def test_nothing_below_the_level_is_a_suspect() -> None:
    assert find_suspects({"a": blob(0, 0, 10, 10, height=1.0)}, {"a": above(1.0)}) == []


def test_the_region_of_a_suspect_has_its_mask_and_evidence_above_the_level() -> None:
    (suspect,) = find_suspects({"a": blob(20, 10, 40, 30, height=3.0)}, {"a": above(1.0)})

    region = suspect_region(suspect, region_id=4, view=WINDOW)
    (draft,) = suspect_drafts(suspect.peaks, region=region, standards={"a": above(1.0)})

    assert region.full_mask(height_px=80, width_px=100).sum() == 400
    assert (region.score, draft.region) == (3.0, region)
    assert draft.values == {"expert": "a", "peak": 3.0, "normal_level": 1.0}


def test_the_ledger_numbers_on_from_what_there_is() -> None:
    ledger = Ledger(n_evidence=3, n_regions=1)

    region = ledger.new_region([0, 0, 5, 5], view="V1", label="x")

    assert ledger.add_all([Draft(tool="a"), Draft(tool="b")]) == ["E4", "E5"]
    assert (region.id, ledger.next_region) == (2, 3)
    with pytest.raises(ValueError, match="must have the number 3, got 2"):
        ledger.add_region(region)


def screw(number: int, *, present: bool, off_px: float = 0.0) -> FoundPart:
    return FoundPart(
        part=number,
        type="screw",
        present=present,
        ncc=0.9 if present else 0.2,
        ncc_floor=0.6,
        box_xyxy=(10.0 * number, 10.0, 10.0 * number + 8, 18.0),
        dx_px=off_px,
        dy_px=0.0,
        misplaced=off_px > 3,
    )


def test_missing_misplaced_and_extra_parts_are_evidence_with_regions() -> None:
    report = PartsReport(
        parts=(screw(1, present=True), screw(2, present=False), screw(3, present=True, off_px=7)),
        extras=(ExtraPart("screw", 0.8, (70.0, 70.0, 120.0, 78.0)),),
        counts=(TypeCount("screw", 3, 3),),
    )
    ledger = Ledger(n_evidence=0, n_regions=0)

    n_wrong = note_parts(report, names=Names({"screw": SIX}), view=WINDOW, ledger=ledger)

    assert n_wrong == 3
    assert [one.values["check"] for one in ledger.evidence] == ["missing", "misplaced", "extra"]
    assert [region.label for region in ledger.regions] == [
        "missing screw",
        "misplaced screw",
        "extra screw",
    ]
    assert ledger.regions[2].box_xyxy == [70, 70, 100, 78]


def test_a_whole_part_is_evidence_too() -> None:
    report = PartsReport((screw(1, present=True),), (), (TypeCount("screw", 1, 1),))
    ledger = Ledger(n_evidence=0, n_regions=0)

    assert note_parts(report, names=Names({}), view=WINDOW, ledger=ledger) == 0
    assert ledger.evidence[0].text == "All 1 parts of 1 kinds are in their places."


def test_counts_that_rules_limit_are_measured_against_them() -> None:
    report = PartsReport((), (), (TypeCount("screw", 6, 5), TypeCount("type_2", 1, 0)))
    ledger = Ledger(n_evidence=0, n_regions=0)

    broken = note_counts(report, names=Names({"screw": SIX}), view=WINDOW, ledger=ledger)

    assert broken == 1
    assert [one.text for one in ledger.evidence] == ["screw: 5, rule R4 allows exactly 6: broken."]
    assert ledger.evidence[0].values["value"] == 5.0


def test_limits_are_said_in_words() -> None:
    at_most = SIX.model_copy(update={"min": None, "max": 2.0})

    assert allowed(at_most) == "at most 2"
    assert allowed(SIX.model_copy(update={"max": None})) == "at least 6"
    assert allowed(SIX.model_copy(update={"max": 8.0})) == "6 to 8"
    assert measured(at_most, 2.0, name="screw", view=WINDOW).values["within"] is True


def test_an_area_does_not_grow_into_the_floor_of_a_map_of_distances() -> None:
    maps = {"a": blob(20, 10, 40, 30, height=3.0) + np.float32(2.0)}

    (suspect,) = find_suspects(maps, {"a": above(3.0)})

    assert suspect.box_xyxy == (20, 10, 40, 30)
    assert suspect.peaks == {"a": 5.0}


def test_a_picture_worse_than_normal_ones_shows_its_worst_areas_though_no_pixel_is_beyond() -> None:
    anomaly_map = blob(20, 10, 40, 30, height=3.0)

    beyond = region_level(anomaly_map, worse(pixel_level=2.0))
    below = region_level(anomaly_map, worse(pixel_level=4.0))
    without = region_level(anomaly_map, worse(pixel_level=0.0))
    normal = region_level(anomaly_map, above(4.0))

    assert (beyond, below, without, normal) == (2.0, 1.5, 1.5, 4.0)


def worse(*, pixel_level: float) -> Standard:
    """Of a picture whose score as a whole is two and a half times the normal level."""
    return Standard(pixel_level=pixel_level, raw_score=2.5, raw_level=1.0)


def test_the_worst_areas_of_a_picture_worse_as_a_whole_cite_its_score() -> None:
    corners = [(0, 0), (60, 0), (0, 60), (60, 60)]
    anomaly_map = sum(
        (blob(x, y, x + 9, y + 9, height=2.0 + n / 10) for n, (x, y) in enumerate(corners)),
        np.zeros((80, 100), dtype=np.float32),
    )
    standards = {"a": worse(pixel_level=4.0)}

    suspects = find_suspects({"a": anomaly_map}, standards)
    region = suspect_region(suspects[0], region_id=1, view=WINDOW)
    (draft,) = suspect_drafts(suspects[0].peaks, region=region, standards=standards)

    assert len(suspects) == 3
    assert (0, 0, 9, 9) not in [one.box_xyxy for one in suspects]
    assert [one.severity for one in suspects] == [2.5] * 3
    assert draft.values == {"expert": "a", "raw_score": 2.5, "normal_level": 1.0}


def test_areas_of_a_map_that_is_nought_on_normal_parts_cite_their_peak() -> None:
    standards = {"a": worse(pixel_level=0.0)}

    (suspect,) = find_suspects({"a": blob(20, 10, 40, 30, height=3.0)}, standards)
    region = suspect_region(suspect, region_id=1, view=WINDOW)
    (draft,) = suspect_drafts(suspect.peaks, region=region, standards=standards)

    assert suspect.box_xyxy == (20, 10, 40, 30)
    assert draft.values == {"expert": "a", "peak": 3.0, "normal_level": 0.0}


def template_of(*types: str) -> PartsTemplate:
    samples, mean = np.zeros((4, 4, 3), dtype=np.float32), np.zeros(3, dtype=np.float32)
    patch = Patch(0, 0, 0, samples, mean, 0.0)
    return PartsTemplate(
        reference_hwc=np.zeros((40, 40, 3), dtype=np.uint8),
        spread=np.zeros((40, 40), dtype=np.float32),
        parts=tuple(
            Part(number, name, (0.0, 0.0, 8.0, 8.0), patch, 0.6, 1.0)
            for number, name in enumerate(types, start=1)
        ),
        matrices=(),
    )


def test_each_counting_rule_that_no_template_serves_is_told() -> None:
    other = SIX.model_copy(update={"id": "R5", "quantity": "count:washer"})
    size = SIX.model_copy(update={"id": "R6", "quantity": "length_mm"})
    twice = SIX.model_copy(update={"id": "R7"})

    assert unchecked_counts(None, [SIX, size], reason="too few references") == [
        "rule R4 was not checked: too few references"
    ]
    assert unchecked_counts(template_of("screw"), [SIX, other, size], reason="") == [
        "rule R5 was not checked: the references gave no part 'washer' that can be counted"
    ]
    assert unchecked_counts(template_of("screw"), [SIX, twice], reason="") == [
        "rule R4 was not checked: rule R7 counts the same parts"
    ]
    assert unchecked_counts(None, [size], reason="too few references") == []
