from __future__ import annotations

import numpy as np
import pytest

from evals.benchmarks.expert import Rate, against_tower
from evals.benchmarks.random_expert import NARROW, TimedTower, random_expert


def test_a_row_tells_rates_and_what_the_expert_adds() -> None:
    # Against the tower of the same pass: 25 %, 25 % and 400 %.
    rate = Rate("this", 8, (2.0, 2.5, 10.0), (1.6, 2.0, 2.0))

    assert rate.line() == "| this | 8 | 3 | 3.2 | 4 | +25.0 % | 5 % |"


def test_a_device_that_is_absent_leaves_its_row_empty() -> None:
    rate = against_tower(None, "cuda", n_pictures=32, n=3)

    assert rate.line() == "| expert and tower, GPU | 32 | | | | | 5 % |"


def test_one_batch_and_single_calls_judge_alike() -> None:
    expert = random_expert("cpu", layers=5, side_px=42, sizes=NARROW)
    shown = [np.full((42, 42, 3), value, np.uint8) for value in (10, 200)]

    together = expert.judge_together(shown)

    alone = [expert.score([picture])[0] for picture in shown]
    assert [one.raw_score for one in together] == pytest.approx(
        [one.raw_score for one in alone], abs=1e-4
    )


def test_the_tower_is_timed_in_the_same_passes_without_the_one_that_warms_up() -> None:
    expert = random_expert("cpu", layers=5, side_px=42, sizes=NARROW)

    rate = against_tower(expert, "cpu", n_pictures=3, n=2)

    assert isinstance(expert.tower, TimedTower)
    assert expert.tower.n_crops == [3, 3, 3]
    assert (len(rate.seconds), len(rate.bare_seconds)) == (2, 2)
    assert all(whole > bare for whole, bare in zip(rate.seconds, rate.bare_seconds, strict=True))
