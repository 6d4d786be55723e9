from __future__ import annotations

import numpy as np

from evals.benchmarks.superpixels import Speed, compared, load_pictures


def test_an_absent_device_leaves_its_row_empty() -> None:
    assert Speed("torch, GPU, batch 32", (), 0, 32).line(0.3) == "| torch, GPU, batch 32 | | | | |"


def test_a_row_tells_seconds_superpixels_and_the_factor() -> None:
    # 2 s for 4 pictures of 50 superpixels each; the reference takes 1 s a picture.
    row = Speed("torch, CPU, batch 4", (1.0, 2.0, 3.0), 200, 4).line(1.0)
    assert row == "| torch, CPU, batch 4 | 3 | 0.500 | 100 | 2.00 |"


def test_the_sample_parts_are_the_pictures_where_no_folder_is_named() -> None:
    pictures = load_pictures(None)
    assert pictures.shape[1:] == (768, 768, 3)


def test_a_uniform_picture_is_divided_alike_by_both() -> None:
    found = compared(np.full((96, 96, 3), 50, dtype=np.uint8))
    assert found.undersegmentation_error == 0.0
