"""Box matching by hand-made boxes."""

import numpy as np
import pytest

from evals.metrics import match_boxes
from evals.metrics.boxes import box_iou

BOX = [10, 10, 20, 20]


def test_a_region_equal_to_the_box_hits_it() -> None:
    match = match_boxes([BOX], [BOX])
    assert (match.pairs, match.n_hits, match.n_false_regions) == ([(0, 0)], 1, 0)


def test_a_small_region_centred_in_the_box_hits_it() -> None:
    assert match_boxes([BOX], [[14, 14, 15, 15]]).n_hits == 1


def test_a_centred_region_of_four_times_the_area_hits_and_a_larger_one_does_not() -> None:
    assert match_boxes([BOX], [[5, 5, 25, 25]]).n_hits == 1
    assert match_boxes([BOX], [[5, 5, 25, 26]]).n_hits == 0


def test_a_centre_on_the_far_edge_is_outside_as_the_far_corner_is_exclusive() -> None:
    assert match_boxes([BOX], [[19, 14, 21, 16]]).n_hits == 0
    assert match_boxes([BOX], [[9, 14, 11, 16]]).n_hits == 1


def test_enough_overlap_hits_whatever_the_centre() -> None:
    # 10 x 20 beside a 10 x 10 box, 9 columns shared: IoU 90 / 210 = 0.43, centre at y = 20.
    assert match_boxes([BOX], [[11, 10, 21, 30]]).n_hits == 1
    # 6 of 10 rows shared: IoU 60 / 240 = 0.25, centre at y = 24.
    assert match_boxes([BOX], [[10, 14, 20, 34]]).n_hits == 0


def test_two_regions_in_one_box_are_one_hit_and_one_false_region() -> None:
    match = match_boxes([BOX], [[11, 11, 13, 13], [15, 15, 19, 19]])
    assert (match.pairs, match.n_false_regions) == ([(0, 1)], 1)


def test_one_region_over_two_boxes_hits_one() -> None:
    match = match_boxes([BOX, [12, 12, 22, 22]], [[11, 11, 21, 21]])
    assert (match.n_hits, match.n_boxes, match.n_false_regions) == (1, 2, 0)


def test_the_assignment_is_optimal_where_a_greedy_one_is_not() -> None:
    # The large region fits both boxes and overlaps the first most; the small one only the first.
    boxes = [[0, 0, 10, 10], [8, 0, 18, 10]]
    regions = [[1, 0, 16, 10], [1, 1, 3, 3]]
    assert match_boxes(boxes, regions).pairs == [(0, 1), (1, 0)]


def test_nothing_predicted_and_nothing_there_are_counted() -> None:
    assert match_boxes([BOX], []) == ([], 1, 0)
    assert match_boxes([], [BOX]).n_false_regions == 1
    assert match_boxes(np.zeros((0, 4)), []) == ([], 0, 0)


def test_overlap_is_measured_by_area() -> None:
    iou = box_iou(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 0, 3, 2], [5.0, 5, 6, 6]]))
    assert iou.tolist() == [[2 / 6, 0.0]]


def test_a_box_of_corners_in_the_wrong_order_is_refused() -> None:
    with pytest.raises(ValueError, match=r"pred_boxes_xyxy: box \[20.0, 10.0, 10.0, 20.0\]"):
        match_boxes([BOX], [[20, 10, 10, 20]])
    with pytest.raises(ValueError, match=r"shape \(n, 4\), got \(4,\)"):
        match_boxes(BOX, [])
