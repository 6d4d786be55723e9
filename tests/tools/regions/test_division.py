from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.assets import open_picture
from tools.regions import divide_by_grid, divide_by_superpixels, resize_bilinear

# Counts and areas of GPT-4V-AD's own code on these pictures (scikit-image 0.26, OpenCV's resize).
GOLDEN = [
    ("Industrial-AD__Case1/abnormal.png", 47, (6_020, 48_676)),
    ("Industrial-AD__Case1/normal.png", 49, (5_008, 46_328)),
    ("Industrial-AD__Case2/abnormal.JPG", 59, None),
    ("Industrial-AD__Case3/abnormal.JPG", 55, None),
    ("Industrial-AL__Case2/abnormal.png", 63, None),
    ("Industrial-AL__Case3/abnormal.JPG", 50, None),
    ("PCD-AD__Case2/abnormal.png", 62, None),
]


def test_real_pictures_have_the_published_number_of_superpixels(shared_data: Path) -> None:
    folder = shared_data / "gpt4v_generic_ad"
    present = [golden for golden in GOLDEN if (folder / golden[0]).is_file()]
    assert len(present) >= 3

    for name, n_regions, areas in present:
        picture = open_picture(folder / name)
        resized = resize_bilinear(picture.read(picture.window_xyxy), width_px=768, height_px=768)
        found = [int(region.mask.sum()) for region in divide_by_superpixels(resized)]
        assert len(found) == n_regions, name
        assert areas is None or (min(found), max(found)) == areas, name


def test_a_uniform_picture_has_64_superpixels_of_8100_to_9801_px() -> None:
    regions = divide_by_superpixels(np.full((768, 768, 3), 120, dtype=np.uint8))

    areas = [int(region.mask.sum()) for region in regions]
    assert (len(areas), min(areas), max(areas), sum(areas)) == (64, 8_100, 9_801, 768 * 768)


def test_superpixels_do_not_overlap_and_their_boxes_are_tight() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    regions = divide_by_superpixels(resize_bilinear(noise, width_px=768, height_px=768))

    covered = sum(region.full(height_px=768, width_px=768).astype(int) for region in regions)
    assert np.max(covered) == 1
    for region in regions:
        x1, y1, x2, y2 = region.box_xyxy
        assert region.mask.shape == (y2 - y1, x2 - x1)
        assert region.mask.any(axis=0).all()
        assert region.mask.any(axis=1).all()


def test_the_grid_has_16_by_16_cells_of_48_px_row_by_row() -> None:
    cells = divide_by_grid()

    assert len(cells) == 256
    assert [cells[n].box_xyxy for n in (0, 1, 16, 255)] == [
        (0, 0, 48, 48),
        (48, 0, 96, 48),
        (0, 48, 48, 96),
        (720, 720, 768, 768),
    ]
    assert all(cell.mask.shape == (48, 48) and cell.mask.all() for cell in cells)


@pytest.mark.parametrize(("n_cells", "kept"), [(2, 0), (3, 9), (24, 576), (32, 0)])
def test_cells_outside_the_published_areas_get_no_number(n_cells: int, kept: int) -> None:
    # 384 x 384 = 147456 and 24 x 24 = 576 px are outside 600 to 120000, 256 and 32 px inside.
    assert len(divide_by_grid(n_cells=n_cells)) == kept


def test_a_grid_that_does_not_divide_the_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="must divide 768 px, got 7"):
        divide_by_grid(n_cells=7)
