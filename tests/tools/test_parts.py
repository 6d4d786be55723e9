"""Parts against a template, on drawn plates whose parts are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tools.arrays import UInt8Image
from tools.parts import (
    NoTemplate,
    PartsTemplate,
    TypeCount,
    check_parts,
    count_of,
    examples_in,
    learn_parts,
)

SIZE_PX = 240
DISCS = ((60, 60), (120, 60), (180, 60), (60, 180))
BARS = ((130, 130), (180, 180))
STAY = np.eye(2, 3)


def plate(discs: Sequence[tuple[int, int]] = DISCS, *, seed: int = 0) -> UInt8Image:
    """A green plate with white discs that have a dark hub, and red bars with a yellow end."""
    ys, xs = np.mgrid[:SIZE_PX, :SIZE_PX]
    image = np.full((SIZE_PX, SIZE_PX, 3), (30, 110, 60), np.float64)
    for x, y in discs:
        radius = np.hypot(xs - x, ys - y)
        image[radius < 14] = (220, 220, 215)
        image[radius < 5] = (40, 40, 45)
    for x, y in BARS:
        image[(abs(xs - x) < 18) & (abs(ys - y) < 7)] = (190, 40, 40)
        image[(abs(xs - x + 13) < 5) & (abs(ys - y) < 7)] = (230, 210, 60)
    noise = np.random.default_rng(seed).normal(0, 2, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def template() -> PartsTemplate:
    references = [plate(seed=seed) for seed in range(4)]
    return learn_parts(references, examples={"disc": (44, 44, 76, 76), "bar": (110, 122, 150, 138)})


def count(report_counts: Sequence[TypeCount], name: str) -> tuple[int, int]:
    (entry,) = [c for c in report_counts if c.type == name]
    return entry.expected, entry.found


def test_an_example_brings_all_parts_that_look_like_it(template: PartsTemplate) -> None:
    counts = template.expected_counts()
    assert (counts["disc"], counts["bar"]) == (4, 2)


def test_parts_are_found_without_examples_too() -> None:
    found = learn_parts([plate(seed=seed) for seed in range(4)])
    types = [found.type_at(x, y) for x, y in DISCS]
    assert len(set(types)) == 1
    assert found.expected_counts()[types[0]] == 4


def test_a_right_plate_has_every_part_in_place(template: PartsTemplate) -> None:
    report = check_parts(plate(seed=9), template, matrix=STAY)
    assert [p for p in report.parts if not p.present or p.misplaced] == []
    assert report.extras == ()
    assert count(report.counts, "disc") == (4, 4)


def test_a_missing_disc_is_named_with_its_place_and_a_correlation_below_its_floor(
    template: PartsTemplate,
) -> None:
    report = check_parts(plate(DISCS[1:], seed=9), template, matrix=STAY)
    assert count(report.counts, "disc") == (4, 3)
    (absent,) = [p for p in report.parts if p.type == "disc" and not p.present]
    assert absent.box_xyxy == (44, 44, 76, 76)
    assert absent.ncc < absent.ncc_floor


def test_a_fifth_disc_is_one_too_many(template: PartsTemplate) -> None:
    report = check_parts(plate((*DISCS, (60, 120)), seed=9), template, matrix=STAY)
    assert count(report.counts, "disc") == (4, 5)
    (extra,) = report.extras
    x1, y1, x2, y2 = extra.box_xyxy
    assert ((x1 + x2) / 2, (y1 + y2) / 2) == pytest.approx((60, 120), abs=1)


def test_boxes_are_told_in_the_pictures_own_pixels(template: PartsTemplate) -> None:
    moved = np.roll(plate(DISCS[1:], seed=9), (3, 5), axis=(0, 1))
    report = check_parts(moved, template, matrix=np.array([[1.0, 0, -5], [0, 1, -3]]))
    (absent,) = [p for p in report.parts if p.type == "disc" and not p.present]
    assert absent.box_xyxy == pytest.approx((49, 47, 81, 79))


def test_a_shifted_disc_is_misplaced_by_its_shift(template: PartsTemplate) -> None:
    report = check_parts(plate(((64, 60), *DISCS[1:]), seed=9), template, matrix=STAY)
    (misplaced,) = [p for p in report.parts if p.type == "disc" and p.misplaced]
    assert (misplaced.dx_px, misplaced.dy_px) == pytest.approx((4, 0), abs=0.7)


def test_two_references_are_too_few() -> None:
    with pytest.raises(NoTemplate, match="needs 3 references, got 2"):
        learn_parts([plate(), plate(seed=1)])


def test_references_without_common_parts_give_no_template() -> None:
    noise = [np.random.default_rng(s).integers(0, 255, (96, 96, 3), np.uint8) for s in range(3)]
    with pytest.raises(NoTemplate, match="does not register on the first"):
        learn_parts(noise)


def test_a_place_without_a_part_has_no_type(template: PartsTemplate) -> None:
    with pytest.raises(NoTemplate, match="no part at"):
        template.type_at(230, 10)


def test_a_counting_quantity_names_a_type_and_its_example() -> None:
    assert examples_in(["count:pin@1,2,3.5,4", "area_mm2", "count:hole", "count:pin@5,6,7,8"]) == {
        "pin": (1, 2, 3.5, 4)
    }


@pytest.mark.parametrize("text", ["count:", "count:pin@1,2", "count:pin@3,2,1,4", "pin@1,2,3,4"])
def test_other_texts_are_no_counting_quantity(text: str) -> None:
    assert count_of(text) is None
