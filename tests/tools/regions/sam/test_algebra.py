from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.regions.sam.algebra import (
    Crop,
    boxes_of,
    crops_of,
    near_crop_edge,
    point_grid,
    stability,
    suppressed,
    without_small_parts,
)


def mask(*rows: str) -> np.ndarray:
    return np.array([[letter == "#" for letter in row] for row in rows])


def test_points_are_the_centres_of_equal_cells_row_by_row() -> None:
    assert point_grid(2).tolist() == [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]
    assert len(point_grid(32)) == 1024


def test_without_crop_layers_the_picture_is_the_only_crop() -> None:
    assert crops_of(30, 40, n_layers=0, overlap_ratio=0.5) == [Crop(0, 0, 40, 30, 0)]


def test_the_crops_of_a_layer_overlap_and_cover_the_picture() -> None:
    # Overlap 512 / 1500 of the short side, 100 px, at two crops a side: 34 px.
    # Crops of (34 + 200) / 2 = 117 px and (34 + 100) / 2 = 67 px.
    crops = crops_of(100, 200, n_layers=1, overlap_ratio=512 / 1500)
    assert crops[1:] == [
        Crop(0, 0, 117, 67, 1),
        Crop(0, 33, 117, 100, 1),
        Crop(83, 0, 200, 67, 1),
        Crop(83, 33, 200, 100, 1),
    ]


def test_stability_is_the_overlap_of_the_mask_cut_high_and_low() -> None:
    logits = torch.tensor([[[2.0, 2.0], [0.5, -0.5]], [[3.0, 3.0], [3.0, 3.0]], [[-9.0] * 2] * 2])
    found = stability(logits, offset=1.0)
    assert found[:2].tolist() == [0.5, 1.0]
    assert found[2].isnan()


def test_boxes_end_on_the_last_pixel_and_are_zero_for_nothing() -> None:
    masks = torch.from_numpy(np.stack([mask("....", ".##.", ".#.."), mask("....", "....", "....")]))
    assert boxes_of(masks).tolist() == [[1, 1, 2, 2], [0, 0, 0, 0]]


def test_a_mask_at_the_edge_of_a_crop_goes_on_unless_the_picture_ends_there() -> None:
    crop = Crop(100, 0, 200, 100, 1)
    boxes = torch.tensor([[0, 40, 50, 60], [20, 40, 50, 60], [21, 40, 50, 60], [40, 0, 60, 20]])
    found = near_crop_edge(boxes, crop, height_px=300, width_px=400)
    assert found.tolist() == [True, True, False, False]


def test_of_two_boxes_that_overlap_the_better_stays() -> None:
    boxes = np.array([[0.0, 0, 10, 10], [1, 0, 11, 10], [20, 20, 30, 30]])
    # The first two share 90 of 110.
    scores = np.array([0.5, 0.9, 0.1])
    assert suppressed(boxes, scores, iou_thresh=0.8).tolist() == [1, 2]
    assert suppressed(boxes, scores, iou_thresh=0.82).tolist() == [1, 0, 2]


def test_a_suppressed_box_suppresses_nothing() -> None:
    boxes = np.array([[0.0, 0, 10, 1], [3, 0, 13, 1], [6, 0, 16, 1]])
    assert suppressed(boxes, np.array([3.0, 2, 1]), iou_thresh=0.5).tolist() == [0, 2]


def test_boxes_without_area_overlap_nothing() -> None:
    boxes = np.array([[3.0, 3, 3, 3], [3, 3, 3, 3]])
    assert suppressed(boxes, np.array([1.0, 1.0]), iou_thresh=0.0).tolist() == [0, 1]
    assert suppressed(np.zeros((0, 4)), np.zeros(0), iou_thresh=0.7).tolist() == []


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 12)] * 4), max_size=14), st.sampled_from([0.0, 0.3, 0.7])
)
def test_no_two_boxes_that_stay_overlap_too_much(
    corners: list[tuple[int, int, int, int]], iou_thresh: float
) -> None:
    boxes = np.array([[x, y, x + w, y + h] for x, y, w, h in corners], dtype=float).reshape(-1, 4)
    stay = suppressed(boxes, np.arange(len(boxes), dtype=float), iou_thresh=iou_thresh)
    gone = [one for one in range(len(boxes)) if one not in stay]
    assert not any(overlap(boxes[a], boxes[b]) > iou_thresh for a in stay for b in stay if a != b)
    assert all(any(overlap(boxes[a], boxes[b]) > iou_thresh for b in stay if b > a) for a in gone)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    union = sum(areas) - width * height
    return float(width * height / union) if union else 0.0


@pytest.mark.parametrize(
    ("given_mask", "min_px", "left"),
    [
        # Nothing is below one pixel.
        ("###. #.#. ###. ...#", 1, "###. #.#. ###. ...#"),
        # A hole of one pixel is filled, an island of one pixel removed.
        ("####. #.##. ####. ..... ....#", 2, "####. ####. ####. ..... ....."),
        # Diagonal pixels belong together.
        ("#... .#.. .... ....", 2, "#... .#.. .... ...."),
        # Where all islands are small the largest stays; the background of 13 px is no hole.
        ("##.. .... .... ...#", 9, "##.. .... .... ...."),
        (".... .... .... ....", 9, ".... .... .... ...."),
    ],
)
def test_small_islands_and_holes_go(given_mask: str, min_px: int, left: str) -> None:
    found = without_small_parts(mask(*given_mask.split()), min_px=min_px)
    assert found.tolist() == mask(*left.split()).tolist()
