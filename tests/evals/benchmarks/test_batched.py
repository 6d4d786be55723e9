from __future__ import annotations

from evals.benchmarks.batched import Gain, Pass


def test_a_row_tells_rates_and_what_batches_gain() -> None:
    alone = (Pass(4.0, 6.0, (1,) * 8), Pass(4.0, 6.0, (1,) * 8))
    batched = (Pass(2.0, 3.0, (4, 4)), Pass(2.0, 3.0, (8,)))

    row = Gain("CPU", 8, alone, batched).line()

    assert row == "| CPU | 8 | 2 | 4 | 2.00 | 2.00 | 5.3 | 2 |"


def test_a_device_that_is_absent_leaves_its_row_empty() -> None:
    assert Gain("GPU", 8).line() == "| GPU | 8 | | | | | | |"
