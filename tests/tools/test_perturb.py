from __future__ import annotations

import numpy as np
import pytest

from tools.arrays import UInt8Image
from tools.perturb import Perturbation, draw_perturbation, perturbed


@pytest.fixture
def dot() -> UInt8Image:
    """A white pixel at x = 12, y = 5 of a black picture, 21 x 21."""
    image = np.zeros((21, 21, 3), dtype=np.uint8)
    image[5, 12] = 255
    return image


def same(**changes: object) -> Perturbation:
    nothing = Perturbation((0.0, 0.0), rotation_deg=0.0, gain=1.0, noise_sigma=0.0)
    return nothing._replace(**changes)  # type: ignore[arg-type]


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_a_perturbation_of_nothing_is_a_copy(dot: UInt8Image) -> None:
    copy = perturbed(dot, same(), rng=rng())

    assert np.array_equal(copy, dot)
    assert copy is not dot


def test_a_shift_moves_the_picture_to_the_right_and_down(dot: UInt8Image) -> None:
    copy = perturbed(dot, same(shift_xy_px=(2.0, 3.0)), rng=rng())

    assert np.argwhere(copy[..., 0]).tolist() == [[8, 14]]


def test_a_quarter_turn_is_counter_clockwise_about_the_centre(dot: UInt8Image) -> None:
    # Centre (10, 10): two to the right and five up becomes five to the left and two up.
    copy = perturbed(dot, same(rotation_deg=90.0), rng=rng())

    assert np.argwhere(copy[..., 0] > 127).tolist() == [[8, 5]]


def test_what_comes_in_from_outside_repeats_the_outermost_pixels() -> None:
    image = np.full((8, 8, 3), 90, dtype=np.uint8)

    copy = perturbed(image, same(shift_xy_px=(3.5, -2.5), rotation_deg=8.0), rng=rng())

    assert np.array_equal(copy, image)


def test_gain_multiplies_and_clips() -> None:
    image = np.array([[[100, 200, 250]]], dtype=np.uint8)

    copy = perturbed(image, same(gain=1.1), rng=rng())

    assert copy.tolist() == [[[110, 220, 255]]]


def test_noise_has_the_stated_deviation_and_no_bias() -> None:
    image = np.full((200, 200, 3), 128, dtype=np.uint8)

    noise = perturbed(image, same(noise_sigma=5.0), rng=rng()).astype(np.float64) - 128

    assert abs(noise.mean()) < 0.05
    assert abs(noise.std() - 5.0) < 0.05


def test_the_same_seed_draws_the_same_perturbation_within_its_limits() -> None:
    draws = [
        draw_perturbation(
            generator, max_shift_px=8, max_rotation_deg=1, max_gain=0.1, max_noise_sigma=5
        )
        for generator in (rng(), rng())
    ]

    assert draws[0] == draws[1]
    assert max(abs(s) for s in draws[0].shift_xy_px) <= 8
    assert abs(draws[0].rotation_deg) <= 1
    assert 0.9 <= draws[0].gain <= 1.1
    assert draws[0].noise_sigma == 5


def test_a_grey_picture_stays_grey_under_noise() -> None:
    grey = np.full((32, 32, 3), 128, np.uint8)
    still = Perturbation(shift_xy_px=(0, 0), rotation_deg=0, gain=1, noise_sigma=5)
    copy = perturbed(grey, still, rng=np.random.default_rng(0))
    assert np.array_equal(copy[..., 0], copy[..., 1])
    assert np.array_equal(copy[..., 1], copy[..., 2])
    assert 4 < copy[..., 0].std() < 6
