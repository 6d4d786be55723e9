from __future__ import annotations

from evals.benchmarks.batched import Gain, Pass, gain_of
from evals.benchmarks.random_expert import NARROW


def test_a_row_tells_rates_and_what_batches_gain() -> None:
    alone = (Pass(4.0, 6.0, (1,) * 8), Pass(4.0, 6.0, (1,) * 8))
    batched = (Pass(2.0, 3.0, (4, 4)), Pass(2.0, 3.0, (8,)))

    row = Gain("CPU", 8, alone, batched).line()

    assert row == "| CPU | 8 | 2 | 4 | 2.00 | 2.00 | 5.3 | 2 |"


def test_a_device_that_is_absent_leaves_its_row_empty() -> None:
    assert Gain("GPU", 8).line() == "| GPU | 8 | | | | | | |"


def test_inspections_at_once_share_passes_of_the_tower() -> None:
    found = gain_of("cpu", n=1, layers=5, side_px=28, n_parts=3, sizes=NARROW)

    assert [n for one in found.alone for n in one.crops] == [1, 1, 1]
    assert sum(n for one in found.batched for n in one.crops) == 3
