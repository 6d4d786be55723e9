"""Attributes of drawn regions: topology against a reference, shape, contrast, words."""

from __future__ import annotations

import numpy as np
import pytest

from tools.arrays import BoolMask, UInt8Image
from tools.attributes import RegionAttributes, describe_region

SIZE = 120
GROUND, COPPER = 220, 40
Box = tuple[int, int, int, int]


def _board(*extra: Box, without: tuple[Box, ...] = ()) -> UInt8Image:
    """Two dark horizontal tracks, 14 px wide and 20 px apart, on a bright ground."""
    board = np.full((SIZE, SIZE, 3), GROUND, dtype=np.uint8)
    board[30:44], board[64:78] = COPPER, COPPER
    for x1, y1, x2, y2 in extra:
        board[y1:y2, x1:x2] = COPPER
    for x1, y1, x2, y2 in without:
        board[y1:y2, x1:x2] = GROUND
    return board


def _described(image: UInt8Image, *, foreground: bool = True) -> RegionAttributes:
    reference = _board()
    mask: BoolMask = np.asarray((image != reference).any(axis=2))
    return describe_region(
        image, mask, reference_hwc=reference, foreground="dark" if foreground else None
    )


@pytest.mark.parametrize(
    ("image", "word"),
    [
        (_board((50, 44, 58, 64)), "bridge"),
        (_board((50, 44, 56, 54)), "protrusion"),
        (_board((50, 48, 58, 58)), "island"),
        (_board(without=((50, 30, 60, 44),)), "gap"),
        (_board(without=((50, 30, 58, 36),)), "notch"),
        (_board(without=((50, 34, 57, 40),)), "hole"),
    ],
)
def test_a_change_of_copper_has_the_word_for_what_it_does(image: UInt8Image, word: str) -> None:
    assert word in _described(image).words
    # 43 % of the board is copper, so the rarer level is the part also when nobody says so.
    assert word in _described(image, foreground=False).words


def test_added_and_removed_copper_are_told_apart() -> None:
    added = _described(_board((50, 48, 58, 58)))
    removed = _described(_board(without=((50, 34, 57, 40),)))
    assert {"added", "dark"} <= set(added.words)
    assert {"removed", "bright"} <= set(removed.words)


def test_contrast_is_the_difference_to_the_reference() -> None:
    described = _described(_board((50, 48, 58, 58)))
    assert described.contrast == pytest.approx(COPPER - GROUND, abs=2)


def _plain(mask: BoolMask, *, level: int) -> RegionAttributes:
    image = np.full((*mask.shape, 3), 120, dtype=np.uint8)
    image[mask] = level
    return describe_region(image, mask)


def test_a_thin_long_mark_is_a_bright_line() -> None:
    mask = np.zeros((200, 200), dtype=np.bool_)
    mask[100:102, 40:120] = True
    described = _plain(mask, level=200)
    assert {"line", "bright", "sharp", "single", "inside"} <= set(described.words)
    assert described.shape.area_px == 160
    assert described.shape.length_px == pytest.approx(80, abs=1)
    assert described.structure is None


def test_a_small_disc_is_a_dark_small_spot() -> None:
    ys, xs = np.mgrid[:200, :200]
    described = _plain((xs - 90) ** 2 + (ys - 110) ** 2 <= 36, level=30)
    assert {"spot", "dark", "small", "regular"} <= set(described.words)
    assert described.shape.solidity > 0.85


def test_a_glow_is_a_large_soft_patch() -> None:
    ys, xs = np.mgrid[:200, :200].astype(np.float64)
    glow = 60 * np.exp(-((xs - 100) ** 2 + (ys - 100) ** 2) / (2 * 40**2))
    image = np.repeat((120 + glow).astype(np.uint8)[..., None], 3, axis=2)
    assert {"patch", "soft", "large", "bright"} <= set(describe_region(image, glow > 30).words)


def test_a_large_patch_with_a_ragged_outline_is_no_line() -> None:
    ys, xs = np.mgrid[:200, :200]
    mask = (xs - 100) ** 2 + (ys - 100) ** 2 <= 60**2
    mask[:, ::4] &= (xs[:, ::4] - 100) ** 2 + (ys[:, ::4] - 100) ** 2 <= 50**2
    described = _plain(mask, level=60)
    # A disc has pi * r ** 2 over (4 / 3 * r) ** 2, which is 1.77.
    assert described.shape.elongation < 4
    assert "patch" in described.words


def test_a_broad_band_is_a_patch_and_no_line() -> None:
    mask = np.zeros((200, 200), dtype=np.bool_)
    mask[80:104] = True
    described = _plain(mask, level=200)
    assert described.shape.elongation > 8
    assert "patch" in described.words
    assert "line" not in described.words


def test_a_chip_lies_along_the_border_and_a_crack_only_ends_there() -> None:
    chip, crack, pit = (np.zeros((200, 200), dtype=np.bool_) for _ in range(3))
    chip[:8, 60:120] = True
    crack[:70, 100:103] = True
    pit[90:100, 90:100] = True
    assert "along" in _plain(chip, level=60).words
    assert {"end", "line"} <= set(_plain(crack, level=60).words)
    assert "contact" not in _plain(pit, level=60).degrees


def test_the_outline_of_a_faint_region_is_neither_sharp_nor_soft() -> None:
    mask = np.zeros((200, 200), dtype=np.bool_)
    mask[80:104, 80:104] = True
    faint, clear = _plain(mask, level=122), _plain(mask, level=160)
    # A third of the six grey levels that tell an outline from texture.
    assert faint.degrees["edge"]["sharp"] == pytest.approx(0.5 + (1 / 3) * 0.5, abs=0.02)
    assert clear.degrees["edge"]["sharp"] == 1


def test_a_coloured_region_has_its_colour() -> None:
    image = np.full((100, 100, 3), (20, 120, 40), dtype=np.uint8)
    mask = np.zeros((100, 100), dtype=np.bool_)
    mask[40:50, 40:50] = True
    image[mask] = (200, 120, 50)
    described = describe_region(image, mask)
    assert described.colour_rgb == (200, 120, 50)
    assert "copper" in described.words


def test_extent_is_the_share_of_the_whole_picture_where_that_is_given() -> None:
    mask = np.zeros((50, 50), dtype=np.bool_)
    mask[20:30, 20:30] = True
    image = np.full((50, 50, 3), 120, dtype=np.uint8)
    assert describe_region(image, mask).extent == 100 / 2500
    assert describe_region(image, mask, picture_px=10_000).extent == 100 / 10_000


def test_an_empty_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        describe_region(np.zeros((9, 9, 3), dtype=np.uint8), np.zeros((9, 9), dtype=np.bool_))
