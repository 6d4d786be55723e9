"""Registration finds the movement that was applied, and refuses what does not match."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from evals.perturb import PerturbationRange, perturb
from tools.arrays import UInt8Image
from tools.registration import NotRegistered, register

CORNERS = np.array([[0.0, 0, 1], [255, 0, 1], [0, 255, 1], [255, 255, 1]])


def _board(*, seed: int) -> UInt8Image:
    """Bright bars and discs on grey, (256, 256, 3)."""
    rng = np.random.default_rng(seed)
    board = np.full((256, 256), 90, dtype=np.uint8)
    ys, xs = np.mgrid[:256, :256]
    for _ in range(24):
        x, y, w, h = rng.integers(0, 240, 2).tolist() + rng.integers(8, 60, 2).tolist()
        board[y : y + h, x : x + w] = rng.integers(120, 250)
        cx, cy = (int(n) for n in rng.integers(0, 256, 2))
        r = int(rng.integers(4, 14))
        board[(xs - cx) ** 2 + (ys - cy) ** 2 < r * r] = rng.integers(0, 60)
    return np.repeat(board[..., None], 3, axis=-1)


def _turned(image_hwc: UInt8Image, *, degrees: float) -> tuple[UInt8Image, npt.NDArray[np.float64]]:
    """The picture turned about its centre, and the matrix from turned to original pixels."""
    from scipy.ndimage import affine_transform

    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array([127.5, 127.5])
    matrix = np.column_stack([turn, centre - turn @ centre])
    rows = np.array([[turn[1, 1], turn[1, 0]], [turn[0, 1], turn[0, 0]]])
    plane = affine_transform(
        image_hwc[..., 0].astype(np.float32), rows, offset=matrix[::-1, 2], order=1, cval=90.0
    )
    return np.repeat(np.rint(plane).astype(np.uint8)[..., None], 3, axis=-1), matrix


def test_a_picture_shifted_by_3_and_minus_5_px_is_found_within_a_tenth_of_a_pixel() -> None:
    board = _board(seed=1)
    # content moves 3 px to the right and 5 px up
    shifted = np.roll(board, (-5, 3), axis=(0, 1))
    found = register(shifted, board)
    expected = CORNERS[:, :2] - [3, -5]
    assert np.abs(CORNERS @ found.matrix.T - expected).max() < 0.1


@pytest.mark.parametrize("degrees", [0.7, -0.7, 6.0])
def test_a_rotation_is_found_within_a_fifth_of_a_pixel_at_the_corners(degrees: float) -> None:
    board = _board(seed=2)
    turned, matrix = _turned(board, degrees=degrees)
    found = register(turned, board)
    assert np.abs(CORNERS @ found.matrix.T - CORNERS @ matrix.T).max() < 0.2


def test_gain_noise_and_border_fill_do_not_hide_the_movement() -> None:
    board = _board(seed=3)
    limits = PerturbationRange(shift_px=8, rotation_deg=1, gain=0.3, noise_sigma=10)
    moved = perturb(board, seed=11, limits=limits)
    found = register(moved.image_hwc, board)
    back = np.linalg.inv(np.vstack([moved.matrix, [0, 0, 1]]))[:2]
    assert np.abs(CORNERS @ found.matrix.T - CORNERS @ back.T).max() < 0.3


def test_the_overlap_is_what_the_reference_covers() -> None:
    board = _board(seed=1)
    shifted = np.roll(board, 10, axis=1)
    expected = np.ones((256, 256), dtype=np.bool_)
    expected[:, :10] = False
    assert (register(shifted, board).overlap == expected).mean() > 0.995


def test_the_same_picture_has_quality_one() -> None:
    board = _board(seed=4)
    assert register(board, board).quality == pytest.approx(1.0, abs=1e-3)


def test_a_picture_of_something_else_is_refused_with_advice() -> None:
    with pytest.raises(NotRegistered, match="try another reference"):
        register(_board(seed=5), _board(seed=6))


def test_a_picture_of_one_colour_is_refused() -> None:
    flat = np.full((256, 256, 3), 128, dtype=np.uint8)
    with pytest.raises(NotRegistered):
        register(flat, _board(seed=1))


def test_pictures_of_different_sizes_register() -> None:
    board = _board(seed=7)
    cut = board[20:, 30:]
    found = register(cut, board)
    assert np.abs(found.matrix @ [0, 0, 1] - [30, 20]).max() < 0.2


def test_a_perturbed_board_registers_on_its_template(shared_data: Path) -> None:
    from evals.datasets import load_deeppcb
    from evals.datasets.pictures import load_rgb

    template = load_rgb(load_deeppcb(shared_data)[0].template_path)
    moved = perturb(template, seed=3)
    found = register(moved.image_hwc, template)
    back = np.linalg.inv(np.vstack([moved.matrix, [0, 0, 1]]))[:2]
    corners = np.array([[0, 0, 1], [639, 0, 1], [0, 639, 1], [639, 639, 1]])
    assert np.abs(corners @ found.matrix.T - corners @ back.T).max() < 0.3


def test_the_same_pictures_get_the_same_answer_which_nobody_can_change() -> None:
    board = _board(seed=3)
    moved = np.roll(board, 4, axis=1)

    first, again = register(moved, board), register(moved.copy(), board.copy())

    assert again is first
    assert [one.flags.writeable for one in (first.matrix, first.overlap)] == [False, False]
    with pytest.raises(NotRegistered):
        register(moved, board, min_quality=1.1)
