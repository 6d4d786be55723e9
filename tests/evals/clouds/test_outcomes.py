from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evals.clouds.outcomes import BASELINE, BOTH, EXPERT, VIEWS, Asked, Said, _both, outcomes_of
from evals.clouds.planted import Case
from tools.asset_ports import NormalScore


def test_of_both_experts_places_are_what_either_calls_and_the_score_is_the_mean_rank() -> None:
    """Among normal scores 1, 2 and 3, a score of 2 has rank 0.5 and one of 3 rank 1."""
    said = {
        EXPERT: Said(2.0, np.array([True, False, False])),
        VIEWS: Said(3.0, np.array([False, True, False])),
    }
    normal = [NormalScore(score, score) for score in (1.0, 2.0, 3.0)]

    both = _both(said, {EXPERT: normal, VIEWS: normal})

    assert both.raw_score == pytest.approx((0.5 + 1.0) / 2)
    assert both.called_n.tolist() == [True, True, False]


def test_each_case_is_told_by_each_method(tmp_path: Path) -> None:
    """A bent sheet of 2 x 2, and another drawing of it with a dome 0.15 high and 0.5 wide."""
    rng = np.random.default_rng(0)

    def sheet(lift: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        points = rng.uniform(-1, 1, (3_000, 3))
        apart = np.linalg.norm(points[:, :2] - [0.3, 0.1], axis=1)
        dome = np.where(apart < 0.25, np.cos(np.pi * apart / 0.5) ** 2, 0)
        points[:, 2] = points[:, 0] ** 2 + 0.4 * points[:, 1] ** 3 + lift * dome
        return points + rng.normal(0, 0.002, points.shape), dome > 0.1

    reference, _ = sheet(0)
    lifted, is_defect = sheet(0.15)
    cases = [
        Case(sheet(0)[0], np.zeros(3_000, dtype=np.bool_), "normal", 0.0),
        Case(lifted, is_defect, "bulge", 0.1),
    ]

    found = outcomes_of(reference, cases, tmp_path, Asked())

    assert [(one.method, one.kind) for one in found] == [
        (EXPERT, "normal"),
        (BASELINE, "normal"),
        (EXPERT, "bulge"),
        (BASELINE, "bulge"),
    ]
    assert found[0].iou == 0
    assert found[2].iou > 0.6
    assert found[2].raw_score > 3 * found[0].raw_score
    assert BOTH not in {one.method for one in found}
