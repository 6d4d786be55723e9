"""What fuzzing found, as small as it can be made: now read, or refused in its reader's words."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest

from evals.fuzz.assets import TARGETS
from evals.fuzz.records import finding_of
from tools.errors import AssetError

TIFF = 5
"""Chooses the name of a cloud's file."""
MOV = 2
LONG, SHORT = 4, 3


def tiff(*, side_px: int = 2, formats: Sequence[int] = (3,)) -> bytes:
    """A tiff of three channels of 32 bits in one strip, (side, side, 3), without its pixels."""
    n_bytes = side_px * side_px * 12
    tags = [(256, LONG, 1, side_px), (257, LONG, 1, side_px), (258, SHORT, 1, 32)]
    tags += [(259, SHORT, 1, 1), (262, SHORT, 1, 2), (273, LONG, 1, 300), (277, SHORT, 1, 3)]
    tags += [(278, LONG, 1, side_px), (279, LONG, 1, n_bytes % 2**32)]
    tags += [(339, SHORT, len(formats), 200 if len(formats) > 1 else formats[0])]
    head = b"II*\0" + struct.pack("<IH", 8, len(tags))
    body = head + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return body.ljust(200, b"\0") + struct.pack(f"<{len(formats)}H", *formats).ljust(100, b"\0")


def read(name: str, choice: int, data: bytes) -> None:
    target, whole = TARGETS[name], bytes([choice]) + data
    assert finding_of(target, whole) is None
    target.run(whole)


def test_a_small_tiff_that_promises_a_large_grid_is_refused_before_memory_is_taken() -> None:
    with pytest.raises(AssetError, match="900000000 pixels, at most 20000000 are read"):
        read("clouds", TIFF, tiff(side_px=30_000))


def test_a_tiff_whose_channels_are_of_several_kinds_is_refused() -> None:
    with pytest.raises(AssetError):
        read("clouds", TIFF, tiff(formats=(1, 2, 3)))


def test_a_pcd_whose_sensor_stands_at_no_numbers_is_refused() -> None:
    pcd = next(seed for seed in TARGETS["clouds"].seeds() if b"VIEWPOINT 0" in seed)

    with pytest.raises(AssetError, match="its VIEWPOINT is '& 0 0 1 0 0 0', no numbers"):
        read("clouds", pcd[0], pcd[1:].replace(b"VIEWPOINT 0", b"VIEWPOINT &"))


def test_a_video_whose_title_is_no_utf_8_is_read() -> None:
    seed = TARGETS["videos"].seeds()[MOV]
    assert b"Lavf" in seed

    read("videos", MOV, seed[1:].replace(b"Lavf", b"La\xfff"))


@pytest.mark.parametrize("cell", ["a;b\tc|d,e", 'a;"b\t|,'])
def test_one_column_of_text_that_holds_every_separator_is_no_series(cell: str) -> None:
    table = "\n".join(["x", cell, f"{cell};{cell}", "1"]).encode()

    assert finding_of(TARGETS["series"], table) is None
