from __future__ import annotations

from evals.benchmarks.segmentation import Seconds


def test_an_absent_device_leaves_its_row_empty() -> None:
    assert Seconds("GPU").line() == "| GPU |  |  |  |  |  |"


def test_a_row_has_seconds_and_the_number_of_masks() -> None:
    row = Seconds("CPU, transformers", 1.0, 16.004, 0.2, 100.0, 47)
    assert row.line() == "| CPU, transformers | 1.00 | 16.00 | 0.20 | 100.00 | 47 |"
