from __future__ import annotations

import numpy as np
from PIL import Image

from agent.loopback import pixel_reader_eyes
from evals.samples.plate import DIGIT_XY, PRODUCT, case_folder, render_plate
from tools.arrays import UInt8Image


def committed(name: str) -> UInt8Image:
    with Image.open(case_folder() / f"{PRODUCT}-parts" / name) as picture:
        return np.asarray(picture.convert("RGB"))


def test_the_committed_plate_is_what_the_generator_makes() -> None:
    made = render_plate("3", 40_101).astype(np.float32)

    assert np.abs(committed("part_2.jpg") - made).mean() < 6.0


def test_the_digit_is_seen_and_not_read_in_the_whole_picture() -> None:
    for name in ("part_1.jpg", "part_2.jpg", "part_3.jpg"):
        seen = pixel_reader_eyes(committed(name))
        x1, y1, x2, y2 = seen.specks[0].box_xyxy

        assert (seen.digits, seen.spots) == ((), ())
        assert abs((x1 + x2) / 2 - DIGIT_XY[0]) < 12
        assert abs((y1 + y2) / 2 - DIGIT_XY[1]) < 12
