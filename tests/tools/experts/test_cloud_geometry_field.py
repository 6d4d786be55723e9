"""Which missing pieces of a sheet a field of view may have ended before; it is seen from z."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.arrays import BoolMask
from tools.experts.cloud_geometry_field import Field, field_of

X, Y = (axis.ravel() for axis in np.meshgrid(np.arange(40.0), np.arange(40.0)))
SHEET: NDArray[np.float64] = np.stack([X, Y, np.zeros(1_600)], axis=1)
FIELD: Field = field_of(SHEET, np.array([0.0, 0.0, 1.0]))


@pytest.mark.parametrize(
    ("piece", "ends"),
    [
        pytest.param(X > 34, True, id="a strip along an edge"),
        pytest.param(X + Y > 66, True, id="a corner"),
        pytest.param((X > 34) & (np.abs(Y - 20) < 5), False, id="a bite out of an edge"),
        pytest.param(np.hypot(X - 20, Y - 20) < 5, False, id="a hole"),
    ],
)
def test_a_field_of_view_ends_along_planes(piece: BoolMask, ends: bool) -> None:
    assert FIELD.ends_before(np.flatnonzero(piece), piece) is ends


def test_a_piece_of_what_lies_outside_a_field_of_view_is_outside_of_it() -> None:
    strip = X > 34
    piece = strip & (np.abs(Y - 20) < 5)

    assert FIELD.ends_before(np.flatnonzero(piece), strip)


def test_a_field_of_view_ends_sideways_and_not_at_a_depth() -> None:
    """A roof whose ridge is gone: a level plane would part it from what was seen, none that the
    viewer above looks along does."""
    roof = SHEET + np.stack([np.zeros(1_600), np.zeros(1_600), -np.abs(X - 20)], axis=1)
    ridge = (np.abs(X - 20) < 3) & (np.abs(Y - 20) < 5)

    field = field_of(roof, np.array([0.0, 0.0, 1.0]))

    assert not field.ends_before(np.flatnonzero(ridge), ridge)
