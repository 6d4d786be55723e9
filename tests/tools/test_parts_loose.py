"""Loose pieces on a tray: drawn screws and washers whose number and places are known."""

from __future__ import annotations

import numpy as np
import pytest

from evals.samples.trays import SIDE_PX, box_of, draw_tray, full_tray, scattered
from tools.parts import (
    LooseTemplate,
    NotCounted,
    NoTemplate,
    TypeCount,
    Wanted,
    check_parts,
    learn_loose,
)

OPEN = (-np.inf, np.inf)


def learnt(n_screws: int = 8, n_washers: int = 5) -> LooseTemplate:
    screws = scattered(n_screws, seed=0)
    washers = scattered(n_washers, seed=500, avoid=screws)
    references = [full_tray(n_screws, n_washers, seed=seed) for seed in range(4)]
    wanted = [
        Wanted("screw", box_of(screws[0]), n_screws, n_screws),
        Wanted("washer", box_of(washers[0]), *OPEN),
    ]
    return learn_loose(references, wanted)


@pytest.fixture(scope="module")
def template() -> LooseTemplate:
    return learnt()


def test_the_references_teach_the_look_and_the_number(template: LooseTemplate) -> None:
    assert [(one.name, one.n_min, one.n_max) for one in template.types] == [
        ("screw", 8, 8),
        ("washer", 5, 5),
    ]


@pytest.mark.parametrize("n_screws", [7, 8, 9])
@pytest.mark.parametrize("gain", [0.9, 1.0, 1.1])
def test_a_tray_is_counted_wherever_the_pieces_lie(
    template: LooseTemplate, n_screws: int, gain: float
) -> None:
    for seed in range(20, 22):
        report = check_parts(full_tray(n_screws, 5, seed=seed, gain=gain), template)

        assert report.counts == (TypeCount("screw", 8, n_screws), TypeCount("washer", 5, 5))


def test_each_piece_is_told_with_its_place(template: LooseTemplate) -> None:
    screws = scattered(8, seed=30)
    report = check_parts(draw_tray(screws, seed=30), template)

    boxes = np.array([piece.box_xyxy for piece in report.pieces])
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    nearest = [np.hypot(*(centres - place[:2]).T).min() for place in screws]
    assert (len(centres), max(nearest) < 6) == (8, True)
    assert report.counts[1] == TypeCount("washer", 5, 0)


def test_two_pieces_that_touch_are_two(template: LooseTemplate) -> None:
    screws = [
        *scattered(6, seed=31, avoid=[(120, 160, 0), (160, 160, 0)]),
        (120, 160, 0),
        (159, 160, 0),
    ]
    report = check_parts(draw_tray(screws, seed=31), template)

    assert report.counts[0] == TypeCount("screw", 8, 8)
    assert sorted(piece.n_pieces for piece in report.pieces) == [1, 1, 1, 1, 1, 1, 2]


def test_pieces_that_overlap_are_refused(template: LooseTemplate) -> None:
    screws = [*scattered(6, seed=31, avoid=[(160, 160, 0)]), (160, 160, 0), (160, 163, 20)]
    with pytest.raises(NotCounted, match="pieces overlap"):
        check_parts(draw_tray(screws, seed=31), template)


def test_a_piece_that_the_frame_cuts_is_refused(template: LooseTemplate) -> None:
    screws = [*scattered(7, seed=31), (4, 160, 0)]
    with pytest.raises(NotCounted, match="or are cut"):
        check_parts(draw_tray(screws, seed=31), template)


def test_another_ground_is_refused(template: LooseTemplate) -> None:
    with pytest.raises(NotCounted, match="ground differs"):
        check_parts(np.full((SIDE_PX, SIDE_PX, 3), 220, np.uint8), template)


def test_things_of_another_kind_are_not_counted(template: LooseTemplate) -> None:
    image = full_tray(8, 5, seed=33).copy()
    image[2:8, 2:8] = (190, 20, 20)
    assert check_parts(image, template).counts[0].found == 8


def test_references_of_different_numbers_need_a_rule_that_allows_them() -> None:
    references = [full_tray(n, 0, seed=seed) for seed, n in enumerate((5, 6, 5))]
    example = box_of(scattered(5, seed=0)[0])

    with pytest.raises(NoTemplate, match=r"show 5, 6, 5 of 'screw', and no rule"):
        learn_loose(references, [Wanted("screw", example, *OPEN)])
    with pytest.raises(NoTemplate, match=r"show 5, 6, 5 of 'screw', which the rule does not"):
        learn_loose(references, [Wanted("screw", example, 6, 6)])
    template = learn_loose(references, [Wanted("screw", example, 5, 6)])
    assert check_parts(full_tray(6, 0, seed=9), template).counts == (TypeCount("screw", 6, 6),)
    assert check_parts(full_tray(4, 0, seed=9), template).counts == (TypeCount("screw", 5, 4),)


def test_a_type_without_an_example_is_the_only_one_that_comes_in_a_steady_number() -> None:
    alone = learn_loose([full_tray(6, 0, seed=s) for s in range(3)], [Wanted("screw", None, 6, 6)])
    assert alone.expected_counts() == {"screw": 6}
    with pytest.raises(NoTemplate, match="must be shown by the box of an example"):
        learn_loose([full_tray(6, 6, seed=s) for s in range(3)], [Wanted("screw", None, 6, 6)])


def test_what_cannot_be_learnt_says_why() -> None:
    references = [full_tray(6, 0, seed=seed) for seed in range(3)]
    with pytest.raises(NoTemplate, match="needs 3 references, got 2"):
        learn_loose(references[:2], [Wanted("screw", None, *OPEN)])
    empty = [Wanted("nut", (2, 2, 20, 20), 6, 6)]
    with pytest.raises(NoTemplate, match=r"nothing at .* stands out"):
        learn_loose(references, empty)
    noise = [
        np.random.default_rng(s).integers(0, 255, (90, 90, 3), dtype=np.uint8) for s in (1, 2, 3)
    ]
    with pytest.raises(NoTemplate):
        learn_loose(noise, [Wanted("screw", (20, 20, 50, 50), 4, 4)])
