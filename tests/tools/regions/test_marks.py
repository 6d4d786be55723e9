from __future__ import annotations

import numpy as np
import pytest
from skimage.segmentation import find_boundaries

from tools.regions import RegionMask, divide_by_grid, divide_by_superpixels, draw_marks
from tools.regions.marks import inner_edge, label_anchor


def block(x1: int, y1: int, x2: int, y2: int) -> RegionMask:
    return RegionMask((x1, y1, x2, y2), np.ones((y2 - y1, x2 - x1), dtype=np.bool_))


def test_the_edge_runs_inside_the_region_and_along_the_border_of_the_picture() -> None:
    edge = inner_edge(block(0, 0, 3, 3), height_px=4, width_px=4)

    assert edge.astype(int).tolist() == [[1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]


def test_a_thicker_edge_grows_by_a_cross_to_both_sides() -> None:
    edge = inner_edge(block(2, 2, 7, 7), height_px=9, width_px=9, edge_px=2)

    assert edge[1].astype(int).tolist() == [0, 0, 1, 1, 1, 1, 1, 0, 0]
    assert edge[4].astype(int).tolist() == [0, 1, 1, 1, 0, 1, 1, 1, 0]


def test_edges_are_those_of_the_published_code_on_superpixels() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (768, 768, 3), dtype=np.uint8)
    noise[:, 300:] //= 3

    for region in divide_by_superpixels(noise)[:8]:
        padded = np.pad(region.full(height_px=768, width_px=768), 1)
        published = find_boundaries(padded, mode="inner")  # type: ignore[no-untyped-call]
        np.testing.assert_array_equal(
            inner_edge(region, height_px=768, width_px=768), published[1:-1, 1:-1]
        )


def test_two_neighbours_share_a_line_of_two_pixels() -> None:
    marked = draw_marks(
        np.zeros((40, 80, 3), dtype=np.uint8), [block(0, 0, 40, 40), block(40, 0, 80, 40)]
    )

    white = (marked[5] == 255).all(axis=1)
    assert np.flatnonzero(white).tolist() == [0, 39, 40, 79]


def test_the_number_stands_on_the_mask_pixel_nearest_to_the_centroid() -> None:
    # A ring around (1, 1): all four sides are equally near, the upper one comes first.
    ring = np.ones((3, 3), dtype=np.bool_)
    ring[1, 1] = False

    assert label_anchor(RegionMask((10, 20, 13, 23), ring)) == (11, 20)
    assert label_anchor(block(0, 0, 5, 3)) == (2, 1)


def test_the_label_is_a_grey_box_with_white_digits_two_pixels_below_its_top() -> None:
    marked = draw_marks(np.zeros((48, 48, 3), dtype=np.uint8), [block(0, 0, 48, 48)])

    inner = marked[1:-1, 1:-1, 0]
    rows, columns = np.nonzero(inner)
    assert set(np.unique(marked[1:-1, 1:-1])) >= {0, 128, 255}
    assert abs((columns.min() + columns.max()) / 2 + 1 - 23.5) <= 1
    assert 5 <= rows.max() - rows.min() <= 12


def test_edges_stay_visible_over_the_label() -> None:
    marked = draw_marks(np.zeros((40, 40, 3), dtype=np.uint8), [block(18, 0, 22, 40)])

    assert (marked[:, [18, 21]] == 255).all()


def test_the_picture_stays_where_there_are_no_marks() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (768, 768, 3), dtype=np.uint8)

    marked = draw_marks(noise, divide_by_grid())

    changed = (marked != noise).any(axis=2)
    assert not changed[1:8, 1:47].any()
    assert 0.05 < changed.mean() < 0.2


@pytest.mark.parametrize(("first", "same"), [(1, True), (5, False)])
def test_numbering_can_go_on_from_another_number(first: int, same: bool) -> None:
    flat = np.zeros((48, 48, 3), dtype=np.uint8)

    one = draw_marks(flat, [block(0, 0, 48, 48)])

    assert np.array_equal(draw_marks(flat, [block(0, 0, 48, 48)], first_number=first), one) is same
