from __future__ import annotations

import numpy as np
import pytest

from evals.benchmarks.expert import Rate, random_expert


def test_a_row_tells_rates_and_the_time_added() -> None:
    rate = Rate("this", 8, (2.0, 2.0, 9.0), (1.6, 1.6))

    assert rate.line() == "| this | 8 | 4 | 5 | +25.0 % |"


def test_a_device_that_is_absent_leaves_its_row_empty() -> None:
    assert Rate("this", 8, (), ()).line() == "| this | 8 | | | |"


def test_one_batch_and_single_calls_judge_alike() -> None:
    expert = random_expert("cpu", layers=5, side_px=42)
    shown = [np.full((42, 42, 3), value, np.uint8) for value in (10, 200)]

    together = expert.judge_together(shown)

    alone = [expert.score([picture])[0] for picture in shown]
    assert [one.raw_score for one in together] == pytest.approx(
        [one.raw_score for one in alone], abs=1e-4
    )
