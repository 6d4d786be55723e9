from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tools.assets import Picture, open_picture
from tools.errors import AssetError

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def whole(picture: Picture) -> np.ndarray:
    return picture.read(picture.window_xyxy)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_a_picture_stored_turned_is_read_upright(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    # What a camera stores for each orientation: the inverse of what a viewer must do.
    stored = {
        1: lambda image: image,
        2: np.fliplr,
        3: lambda image: np.rot90(image, 2),
        4: np.flipud,
        5: lambda image: image.swapaxes(0, 1),
        6: lambda image: np.rot90(image, 1),
        7: lambda image: np.rot90(image, 2).swapaxes(0, 1),
        8: lambda image: np.rot90(image, -1),
    }[orientation]
    upright = np.zeros((32, 48, 3), dtype=np.uint8)
    upright[:16, :24] = 250
    upright[:16, 24:, 0] = 250
    picture = Image.fromarray(np.ascontiguousarray(stored(upright)))
    exif = Image.Exif()
    exif[274] = orientation
    path = tmp_path / f"turned{suffix}"
    if suffix == ".webp":
        picture.save(path, exif=exif, lossless=True)
    else:
        picture.save(path, exif=exif, quality=100, subsampling=0)

    read = open_picture(path)

    assert read.asset.size == [48, 32]
    np.testing.assert_allclose(whole(read), upright, atol=6)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_sixteen_bit_colours_stored_turned_are_read_upright(
    tmp_path: Path, orientation: int
) -> None:
    upright = np.zeros((4, 6, 3), dtype=np.uint16)
    upright[0, 0] = 65535
    turns = {3: 2, 6: 1, 8: -1}[orientation]
    path = tmp_path / "turned.tif"
    tifffile.imwrite(
        path,
        np.ascontiguousarray(np.rot90(upright, turns)),
        photometric="rgb",
        extratags=[(274, "H", 1, orientation, True)],
    )

    read = whole(open_picture(path))

    np.testing.assert_array_equal(read, (upright // 257).astype(np.uint8))


def test_a_sixteen_bit_ramp_keeps_its_order_and_its_range_is_noted(tmp_path: Path) -> None:
    ramp = np.arange(0, 65536, 64, dtype=np.uint16).reshape(32, 32)
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    tifffile.imwrite(tmp_path / "ramp.tif", ramp)

    for name in ("ramp.png", "ramp.tif"):
        picture = open_picture(tmp_path / name)
        levels = whole(picture)[..., 0].ravel().astype(int)
        assert (levels[0], levels[-1]) == (0, 255)
        assert (np.diff(levels) >= 0).all()
        assert picture.notes == ("samples 0 to 65535 shown as 0 to 255",)


def test_twelve_bits_in_a_sixteen_bit_file_are_not_shown_sixteen_times_too_dark(
    tmp_path: Path,
) -> None:
    samples = np.full((8, 8), 4095, dtype=np.uint16)
    samples[0, 0] = 0
    samples[0, 1] = 819
    tifffile.imwrite(tmp_path / "camera.tif", samples)

    picture = open_picture(tmp_path / "camera.tif")

    assert whole(picture)[0, :3, 0].tolist() == [0, 51, 255]
    assert picture.notes == ("samples 0 to 4095 shown as 0 to 255",)


def test_samples_in_a_narrow_range_fill_the_grey_levels(tmp_path: Path) -> None:
    samples = np.linspace(30000, 30510, 256).round().astype(np.uint16).reshape(16, 16)
    tifffile.imwrite(tmp_path / "depth.tif", samples)

    picture = open_picture(tmp_path / "depth.tif")

    np.testing.assert_array_equal(whole(picture)[..., 0].ravel(), np.arange(256))
    assert picture.notes == ("samples 30000 to 30510 shown as 0 to 255",)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_sixteen_bit_colours_keep_more_than_their_high_byte(
    tmp_path: Path, compression: str | None
) -> None:
    samples = np.zeros((8, 8, 3), dtype=np.uint16)
    samples[..., 0] = np.arange(64).reshape(8, 8) * 65  # 12 bits: 16 high bytes only
    tifffile.imwrite(tmp_path / "colours.tif", samples, photometric="rgb", compression=compression)

    picture = open_picture(tmp_path / "colours.tif")

    assert len(np.unique(whole(picture)[..., 0])) == 64
    assert picture.notes == ("samples 0 to 4095 shown as 0 to 255",)


def test_planes_of_sixteen_bit_colours_stored_apart_are_put_together(tmp_path: Path) -> None:
    planes = np.zeros((3, 4, 6), dtype=np.uint16)
    planes[0, 0, 0], planes[2, 3, 5] = 65535, 65535
    path = tmp_path / "planes.tif"
    tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate")

    read = whole(open_picture(path))

    assert read.shape == (4, 6, 3)
    assert (read[0, 0].tolist(), read[3, 5].tolist()) == ([255, 0, 0], [0, 0, 255])


def test_sixteen_bit_colours_of_a_png_are_read_by_their_high_byte_and_this_is_noted(
    tmp_path: Path, png: Callable[[bytes, bytes], bytes]
) -> None:
    # One row of one pixel: filter 0, then 16-bit red 0x0800, green 0x0FFF and blue 0, big-endian.
    pixel = b"\0\x08\x00\x0f\xff\x00\x00"
    path = tmp_path / "deep.png"
    path.write_bytes(png(struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0), pixel))

    picture = open_picture(path)

    assert whole(picture).tolist() == [[[136, 255, 0]]]
    assert picture.notes == ("high bytes of 16-bit samples 0 to 15 shown as 0 to 255",)


def test_floats_between_nought_and_one_are_read_as_shares_of_white(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "float.tif", np.array([[0.0, 0.2], [0.4, 1.0]], dtype=np.float32))

    assert whole(open_picture(tmp_path / "float.tif"))[..., 0].tolist() == [[0, 51], [102, 255]]


def test_samples_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "holes.tif"
    tifffile.imwrite(path, np.array([[0.0, np.nan]], dtype=np.float32))

    with pytest.raises(AssetError, match="not finite"):
        open_picture(path)


def test_white_of_cmyk_is_white_and_full_black_is_black(tmp_path: Path) -> None:
    picture = Image.new("CMYK", (16, 8), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (8, 0, 16, 8))
    for name in ("ink.tif", "ink.jpg"):
        picture.save(tmp_path / name)
        read = whole(open_picture(tmp_path / name))
        assert read[4, 2].tolist() == [255, 255, 255]
        assert read[4, 13].tolist() == [0, 0, 0]


def test_transparent_pixels_show_the_stated_white(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (4, 4), (200, 0, 0, 255))
    picture.putpixel((0, 0), (200, 0, 0, 0))
    picture.putpixel((1, 0), (0, 0, 0, 51))
    picture.save(tmp_path / "alpha.png")

    read = open_picture(tmp_path / "alpha.png")

    assert whole(read)[0, :3].tolist() == [[255, 255, 255], [204, 204, 204], [200, 0, 0]]
    assert read.notes == ("transparency composited on RGB (255, 255, 255)",)


def test_a_palette_with_a_transparent_colour_shows_white_there(tmp_path: Path) -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.putpixel((1, 0), 1)
    picture.save(tmp_path / "palette.png", transparency=0)

    assert whole(open_picture(tmp_path / "palette.png")).tolist() == [
        [[255, 255, 255], [40, 50, 60]]
    ]


@pytest.mark.parametrize(("mode", "ink"), [("L", 77), ("1", 1), ("LA", (77, 255))])
def test_grey_and_one_bit_pictures_become_three_equal_channels(
    tmp_path: Path, mode: str, ink: int
) -> None:
    Image.new(mode, (5, 3), ink).save(tmp_path / "grey.png")

    value = 255 if mode == "1" else 77
    assert whole(open_picture(tmp_path / "grey.png")).tolist() == [[[value] * 3] * 5] * 3


@pytest.mark.parametrize("suffix", [".tif", ".webp", ".png"])
def test_of_several_pages_the_first_is_read_and_this_is_noted(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"pages{suffix}"
    pages = [Image.new("RGB", (6, 4), colour) for colour in (RED, GREEN, BLUE)]
    pages[0].save(path, save_all=True, append_images=pages[1:], lossless=True)

    picture = open_picture(path)

    assert whole(picture)[0, 0].tolist() == list(RED)
    assert picture.notes == ("page 1 of 3; the others are not looked at",)
