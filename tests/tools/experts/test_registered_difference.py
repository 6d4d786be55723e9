"""The expert sees a planted square on a moved picture, and nothing where nothing was planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evals.perturb import carry_boxes, perturb
from tools.arrays import UInt8Image
from tools.experts.registered_difference import RegisteredDifference
from tools.ports import NotApplicable
from tools.regions_from_map import regions_from_map


def _board(*, seed: int) -> UInt8Image:
    rng = np.random.default_rng(seed)
    board = np.full((256, 256, 3), 90, dtype=np.uint8)
    for _ in range(24):
        x, y, w, h = rng.integers(0, 240, 2).tolist() + rng.integers(8, 60, 2).tolist()
        board[y : y + h, x : x + w] = rng.integers(120, 250, size=3)
    board[90:160, 90:160] = 200
    return board


def test_a_planted_square_is_the_only_region_and_its_box_is_right() -> None:
    board = _board(seed=1)
    memory = RegisteredDifference().learn([board], per_place=True)
    marred = board.copy()
    marred[120:126, 120:126] = 20
    moved = perturb(marred, seed=5)
    (score,) = memory.score([moved.image_hwc])
    (region,) = regions_from_map(score.anomaly_map, level=0.0)
    (expected,) = carry_boxes([(120, 120, 126, 126)], moved.matrix, size_px=(256, 256))
    assert np.abs(np.array(region.box_xyxy) - expected).max() <= 3


def test_a_moved_normal_picture_has_an_empty_map_and_a_lower_score() -> None:
    board = _board(seed=1)
    marred = board.copy()
    marred[120:126, 120:126] = 20
    memory = RegisteredDifference().learn([board], per_place=True)
    normal, anomalous = memory.score(
        [perturb(board, seed=5).image_hwc, perturb(marred, seed=5).image_hwc]
    )
    assert normal.anomaly_map.max() == 0
    assert normal.raw_score * 3 < anomalous.raw_score


def test_the_reference_of_the_place_serves_among_others() -> None:
    boards = [_board(seed=seed) for seed in range(6)]
    memory = RegisteredDifference().learn(boards, per_place=True)
    scores = memory.score([perturb(board, seed=9).image_hwc for board in boards])
    assert [float(score.anomaly_map.max()) for score in scores] == [0.0] * 6


def test_what_one_of_several_references_shows_is_normal() -> None:
    plain, marked = _board(seed=1), _board(seed=1)
    marked[120:126, 120:126] = 20
    memory = RegisteredDifference().learn([plain, marked], per_place=False)
    (score,) = memory.score([perturb(marked, seed=2).image_hwc])
    assert score.anomaly_map.max() == 0
    (without,) = memory.score([perturb(marked, seed=2).image_hwc], exclude=[1])
    assert without.anomaly_map.max() > 0


def test_a_picture_that_registers_nowhere_is_not_scored() -> None:
    memory = RegisteredDifference().learn([_board(seed=1)], per_place=True)
    with pytest.raises(NotApplicable, match="registers on none"):
        memory.score([_board(seed=2)])
    with pytest.raises(NotApplicable):
        memory.score([_board(seed=1)], exclude=[0])


def test_learning_from_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one picture"):
        RegisteredDifference().learn([], per_place=True)


def test_a_perturbed_board_is_told_from_its_perturbed_template(shared_data: Path) -> None:
    from evals.datasets import load_deeppcb
    from evals.datasets.pictures import load_rgb

    pairs = load_deeppcb(shared_data)[:3]
    templates = [load_rgb(pair.template_path) for pair in pairs]
    memory = RegisteredDifference().learn(templates, per_place=True)
    normal = memory.score([perturb(t, seed=i).image_hwc for i, t in enumerate(templates)])
    anomalous = memory.score(
        [perturb(load_rgb(pair.test_path), seed=i).image_hwc for i, pair in enumerate(pairs)]
    )
    assert max(s.raw_score for s in normal) < min(s.raw_score for s in anomalous)
