"""The perturbation is seeded, says where pixels went, and fills the border."""

from __future__ import annotations

import numpy as np
import pytest

from evals.perturb import PerturbationRange, carry_boxes, perturb

STILL = PerturbationRange(shift_px=0, rotation_deg=0, gain=0, noise_sigma=0)


def test_no_range_leaves_the_picture_as_it_is() -> None:
    image = np.random.default_rng(0).integers(0, 255, (40, 50, 3)).astype(np.uint8)
    assert np.array_equal(perturb(image, seed=1, limits=STILL).image_hwc, image)


def test_the_same_seed_gives_the_same_picture_and_another_seed_another() -> None:
    image = np.full((40, 50, 3), 100, dtype=np.uint8)
    first, same, other = (perturb(image, seed=seed).image_hwc for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_the_matrix_says_where_a_mark_went() -> None:
    image = np.zeros((101, 101, 3), dtype=np.uint8)
    image[30, 70] = 255
    limits = PerturbationRange(gain=0, noise_sigma=0)
    moved = perturb(image, seed=3, limits=limits)
    inner = moved.image_hwc[12:-12, 12:-12, 0].astype(float)
    ys, xs = np.mgrid[12:89, 12:89]
    centre = [(inner * xs).sum() / inner.sum(), (inner * ys).sum() / inner.sum()]
    assert moved.matrix @ [70, 30, 1] == pytest.approx(centre, abs=0.05)


def test_boxes_are_carried_by_whole_shifts_exactly_and_clipped() -> None:
    matrix = np.array([[1.0, 0, 3], [0, 1, -5]])
    boxes = carry_boxes([(10, 20, 16, 26), (95, 2, 100, 12)], matrix, size_px=(100, 100))
    assert boxes == [(13, 15, 19, 21), (98, 0, 100, 7)]
