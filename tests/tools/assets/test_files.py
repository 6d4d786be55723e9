from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.assets import Picture, open_picture
from tools.errors import AssetError

RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (90, 90, 90)


def corners() -> Image.Image:
    """30 x 20 px, with red, green and blue at its upper left, upper right and lower left."""
    picture = Image.new("RGB", (30, 20), GREY)
    picture.putpixel((0, 0), RED)
    picture.putpixel((29, 0), GREEN)
    picture.putpixel((0, 19), BLUE)
    return picture


def whole(picture: Picture) -> np.ndarray:
    return picture.read([0, 0, *picture.asset.size])


def refusal(path: Path, *, max_pixels: int = 80_000_000) -> str:
    with pytest.raises(AssetError) as caught:
        open_picture(path, max_pixels=max_pixels)
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    return line


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".webp"])
def test_lossless_files_give_the_same_pixels(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"part{suffix}"
    corners().save(path, lossless=True) if suffix == ".webp" else corners().save(path)

    picture = open_picture(path)

    np.testing.assert_array_equal(whole(picture), np.asarray(corners()))
    assert picture.asset.size == [30, 20]
    assert picture.asset.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert picture.notes == ()


def test_a_file_that_lies_about_its_type_is_read_by_its_content(tmp_path: Path) -> None:
    corners().save(tmp_path / "part.jpg", format="PNG")

    picture = open_picture(tmp_path / "part.jpg")

    np.testing.assert_array_equal(whole(picture), np.asarray(corners()))
    assert picture.notes == ("named .jpg, holds PNG",)


@pytest.mark.parametrize("side_px", [9_000, 10_000, 14_000, 60_000])
def test_a_decompression_bomb_is_refused_from_its_header(
    tmp_path: Path, png: Callable[[bytes, bytes], bytes], side_px: int
) -> None:
    path = tmp_path / "bomb.png"
    # A few bytes whose header promises a huge picture.
    path.write_bytes(png(struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0), bytes(100)))

    line = refusal(path)

    assert f"{side_px} x {side_px} = {side_px**2}" in line
    assert "80000000" in line


def test_the_pixel_limit_is_the_last_size_that_passes(tmp_path: Path) -> None:
    path = tmp_path / "part.png"
    corners().save(path)

    assert open_picture(path, max_pixels=600).asset.size == [30, 20]
    assert "may have 599 pixels" in refusal(path, max_pixels=599)


def test_a_tiff_above_the_limit_of_pillow_itself_is_read_without_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Pillow's own limit is 89 million pixels, more than a quick test can decode.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    path = tmp_path / "large.tif"
    corners().save(path, compression="tiff_lzw")

    assert open_picture(path, max_pixels=600).asset.size == [30, 20]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp", ".webp"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_truncated_file_is_refused_in_one_line(tmp_path: Path, suffix: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = tmp_path / f"cut{suffix}"
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    assert "damaged or incomplete" in refusal(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"GIF89a" + bytes(20), "holds a GIF"),
        (b"%PDF-1.7 ...........", "holds a PDF"),
        (b"hello, I am a picture", "holds text"),
        (bytes(range(40)), "holds no picture that is known"),
        (b"BM", "damaged or incomplete BMP"),
        (b"\x89PNG\r\n\x1a\n", "damaged or incomplete PNG"),
        (b"II*\x00\xff\xff\xff\xff", "damaged or incomplete TIFF"),
    ],
)
def test_what_is_no_picture_is_refused_with_what_it_is(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "part.png"
    path.write_bytes(content)

    assert words in refusal(path)


def test_folders_missing_files_and_pipes_are_refused_by_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")

    assert "a folder, not a file" in refusal(tmp_path)
    assert "no such file" in refusal(tmp_path / "absent.png")
    assert "regular file" in refusal(tmp_path / "pipe.png")
    with pytest.raises(AssetError, match="cannot be opened"):
        open_picture(tmp_path / ("x" * 300))
    with pytest.raises(AssetError, match="cannot be opened"):
        open_picture(tmp_path / "nul\0.png")


def test_a_file_without_read_permission_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    corners().save(path)
    path.chmod(0)

    if os.access(path, os.R_OK):  # root may read every file
        assert open_picture(path).asset.size == [30, 20]
    else:
        assert "grant read permission" in refusal(path)


def test_a_window_is_clipped_to_the_picture_and_a_copy(tmp_path: Path) -> None:
    corners().save(tmp_path / "part.png")
    picture = open_picture(tmp_path / "part.png")

    window = picture.read([-5, -5, 2.5, 1])
    window[:] = 0

    assert window.shape == (1, 3, 3)
    assert picture.read([0, 0, 1, 1]).tolist() == [[[255, 0, 0]]]
    with pytest.raises(ValueError, match="must overlap the picture of 30 x 20 px"):
        picture.read([30, 0, 40, 10])
