from __future__ import annotations

import numpy as np
import pytest

from evals.metrics.superpixels import agreement


def halves(at_px: int) -> np.ndarray:
    labels = np.zeros((10, 20), dtype=np.int64)
    labels[:, at_px:] = 1
    return labels


def test_a_division_agrees_with_itself_whatever_its_labels_are() -> None:
    found = agreement(7 - 3 * halves(10), halves(10))
    assert found == (1.0, 0.0, 2, 2)


def test_a_border_two_pixels_off_is_found_and_its_strip_leaks() -> None:
    # 10 x 2 px lie in one region of the reference and in the other of the division.
    # Left piece: 100 of 120 px, 20 leak on each side of the count; right piece leaks nothing.
    found = agreement(halves(12), halves(10))
    assert found.boundary_recall == 1.0
    assert found.undersegmentation_error == pytest.approx((20 + 20) / 200)


def test_a_border_three_pixels_off_is_missed() -> None:
    assert agreement(halves(13), halves(10)).boundary_recall == 0.0


def test_finer_pieces_leak_nothing() -> None:
    fine = np.arange(200).reshape(10, 20)
    found = agreement(fine, halves(10))
    assert found == (1.0, 0.0, 200, 2)


def test_one_region_has_no_border_to_find() -> None:
    flat = np.zeros((4, 4), dtype=np.int64)
    assert agreement(flat, flat) == (1.0, 0.0, 1, 1)
