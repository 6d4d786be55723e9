"""Coarse areas drawn to the picture: pits, cracks and texture that is everywhere."""

from __future__ import annotations

import numpy as np

from tools.arrays import BoolMask, Float32Array
from tools.regions_refine import refine_mask


def texture() -> Float32Array:
    noise = np.random.default_rng(3).normal(120, 4, (160, 160))
    return np.asarray(noise, dtype=np.float32)


def box(x1: int, y1: int, x2: int, y2: int) -> BoolMask:
    mask = np.zeros((160, 160), dtype=np.bool_)
    mask[y1:y2, x1:x2] = True
    return mask


def overlap(first: BoolMask | None, second: BoolMask) -> float:
    assert first is not None
    return float((first & second).sum() / (first | second).sum())


def test_a_pit_is_drawn_out_of_the_coarse_area_around_it() -> None:
    luma, pit = texture(), box(70, 74, 82, 84)
    luma[pit] -= 50

    assert overlap(refine_mask(luma, box(50, 50, 100, 100)), pit) > 0.8


def test_a_crack_is_followed_out_of_the_coarse_area() -> None:
    luma, crack = texture(), box(80, 30, 83, 130)
    luma[crack] -= 50

    assert overlap(refine_mask(luma, box(60, 60, 100, 100)), crack) > 0.7


def test_texture_alone_leaves_the_area_as_it_is() -> None:
    assert refine_mask(texture(), box(60, 60, 100, 100)) is None


def test_streaks_that_are_everywhere_are_not_taken_for_the_defect() -> None:
    luma, pit = texture(), box(70, 74, 82, 84)
    luma[:, ::20] += 60
    luma[pit] = 60

    assert overlap(refine_mask(luma, box(50, 50, 100, 100)), pit) > 0.7


def test_a_gradient_of_the_light_is_no_deviation() -> None:
    light = np.linspace(0, 80, 160, dtype=np.float32)[None, :]
    coarse = box(60, 60, 100, 100)
    luma, pit = texture() + light, box(70, 74, 82, 84)

    assert refine_mask(luma, coarse) is None
    luma[pit] -= 50
    assert overlap(refine_mask(luma, coarse), pit) > 0.8


def test_an_area_without_surroundings_stays_as_it_is() -> None:
    assert refine_mask(texture(), np.ones((160, 160), dtype=np.bool_)) is None
    assert refine_mask(texture(), box(5, 5, 6, 6)) is None
