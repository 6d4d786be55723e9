"""Regions are the connected areas of a map above its level."""

from __future__ import annotations

import numpy as np

from tools.regions_from_map import regions_from_map


def _map() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.zeros((60, 80), dtype=np.float32)


def test_a_planted_square_is_one_region_with_its_own_box() -> None:
    anomaly_map = _map()
    anomaly_map[20:26, 30:36] = 5.0
    (region,) = regions_from_map(anomaly_map, level=1.0)
    assert region.box_xyxy == (30, 20, 36, 26)
    assert region.score == 5.0
    assert region.mask.sum() == 36
    assert region.mask[20:26, 30:36].all()


def test_a_map_at_the_level_has_no_region() -> None:
    anomaly_map = _map()
    anomaly_map[20:26, 30:36] = 1.0
    assert regions_from_map(anomaly_map, level=1.0) == []


def test_a_map_that_is_zero_where_normal_may_have_level_zero() -> None:
    anomaly_map = _map()
    anomaly_map[20:26, 30:36] = 0.5
    assert [r.box_xyxy for r in regions_from_map(anomaly_map, level=0.0)] == [(30, 20, 36, 26)]


def test_a_region_grows_to_half_of_the_level() -> None:
    anomaly_map = _map()
    anomaly_map[20:26, 30:40] = 0.6
    anomaly_map[20:26, 30:34] = 2.0
    assert [r.box_xyxy for r in regions_from_map(anomaly_map, level=1.0)] == [(30, 20, 40, 26)]


def test_pieces_nearer_than_the_gap_are_one_region() -> None:
    anomaly_map = _map()
    anomaly_map[20:26, 30:36] = 2.0
    anomaly_map[20:26, 39:45] = 3.0
    (region,) = regions_from_map(anomaly_map, level=1.0, gap_px=6)
    assert region.box_xyxy == (30, 20, 45, 26)
    assert region.mask.sum() == 72
    assert len(regions_from_map(anomaly_map, level=1.0, gap_px=0)) == 2


def test_specks_are_left_out_and_the_worst_comes_first() -> None:
    anomaly_map = _map()
    anomaly_map[5, 5] = 9.0
    anomaly_map[20:26, 30:36] = 2.0
    anomaly_map[40:46, 50:56] = 3.0
    regions = regions_from_map(anomaly_map, level=1.0)
    assert [r.score for r in regions] == [3.0, 2.0]
    assert len(regions_from_map(anomaly_map, level=1.0, max_regions=1)) == 1
