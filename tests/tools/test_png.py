from __future__ import annotations

import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as shapes
from PIL import Image

from tools.arrays import UInt8Image
from tools.png import png_bytes

pictures = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda size: shapes.arrays(np.uint8, (*size, 3))
)


def read(data: bytes) -> UInt8Image:
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.mode) == ("PNG", "RGB")
    return np.asarray(picture)


@settings(max_examples=100, deadline=None)
@given(pictures)
def test_another_reader_sees_every_pixel(image_hwc: UInt8Image) -> None:
    assert np.array_equal(read(png_bytes(image_hwc)), image_hwc)


def test_a_part_of_a_picture_and_a_mirrored_one_are_read_as_they_are() -> None:
    image_hwc = np.arange(20 * 30 * 3, dtype=np.uint8).reshape(20, 30, 3)

    assert np.array_equal(read(png_bytes(image_hwc[3:9, 5:11])), image_hwc[3:9, 5:11])
    assert np.array_equal(read(png_bytes(image_hwc[:, ::-1])), image_hwc[:, ::-1])


def test_a_magnified_picture_takes_hardly_more_than_the_picture() -> None:
    image_hwc = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    magnified = image_hwc.repeat(8, axis=0).repeat(8, axis=1)

    assert len(png_bytes(magnified)) < 2.5 * len(png_bytes(image_hwc))
