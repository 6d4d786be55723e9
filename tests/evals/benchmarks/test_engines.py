from __future__ import annotations

from evals.benchmarks.engines import Measured


def test_the_rate_in_full_leaves_out_the_first_load_and_the_last() -> None:
    # Three loads of 4 at 1, 2 and 3 s, the last of them seen off for another second.
    measured = Measured("x", 12, 0, 4.0, 3.0, 8, 1.0, 4)

    assert measured.in_full(4.0) == " 4.00 | 100.0% |"
    assert measured.line(4.0).endswith("| 2.67 | 66.7% |")


def test_of_too_few_pictures_no_rate_in_full_is_told() -> None:
    assert Measured("x", 8, 0, 4.0, 3.0, 4).in_full(4.0) == " - | - |"
