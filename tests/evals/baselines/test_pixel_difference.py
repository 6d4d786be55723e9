"""The plain baseline on drawn parts."""

import numpy as np
import numpy.typing as npt
import pytest

from evals.baselines.pixel_difference import PixelDifference, difference_boxes


def _part(seed: int) -> npt.NDArray[np.uint8]:
    """A grid of bright and dark 16 px squares, (128, 128, 3)."""
    squares = np.random.default_rng(seed).integers(0, 2, (8, 8), dtype=np.uint8) * 200
    return np.repeat(np.kron(squares, np.ones((16, 16), np.uint8))[..., None], 3, axis=2)


def _with_spot(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    spotted = image.copy()
    spotted[60:72, 60:72] = 255 - spotted[60:72, 60:72]
    return spotted


def test_the_reference_itself_does_not_differ() -> None:
    found = PixelDifference([_part(0)], side_px=128).score(_part(0))
    assert found.raw_score == pytest.approx(0, abs=1e-6)
    assert found.anomaly_map.shape == (128, 128)


def test_the_nearest_reference_is_the_same_part_moved() -> None:
    moved = np.roll(_part(2), (5, -3), axis=(0, 1))
    assert (
        PixelDifference([_part(i) for i in range(5)], side_px=128).score(moved).reference_index == 2
    )


def test_a_spot_scores_higher_than_a_shift() -> None:
    baseline = PixelDifference([_part(0)], side_px=128)
    shifted = np.roll(_part(0), (4, 4), axis=(0, 1))
    assert baseline.score(_with_spot(shifted)).raw_score > 2 * baseline.score(shifted).raw_score


def test_the_box_of_a_spot_lies_where_the_spot_is() -> None:
    found = PixelDifference([_part(0)], side_px=128).score(_with_spot(_part(0)))
    ((x1, y1, x2, y2),) = difference_boxes(found.anomaly_map)
    assert np.abs(np.array([x1, y1, x2, y2]) - [60, 60, 72, 72]).max() <= 3


def test_no_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one picture"):
        PixelDifference([], side_px=64)
