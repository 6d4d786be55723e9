"""How benchmark figures print, and that processes are measured at all."""

import sys

import pytest

from evals.benchmarks.processes import peak_megabytes, wall_seconds
from evals.benchmarks.records import Timing, as_lines
from tools.errors import LoupeError

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(0.05)"]
FAIL = [sys.executable, "-S", "-c", "raise SystemExit('no luck')"]


def test_the_table_has_median_range_baseline_and_budget() -> None:
    timing = Timing(
        what="start", unit="s", values=(3.0, 1.0, 2.0), baseline="pass", baseline_values=(0.5,),
        budget=0.5,
    )  # fmt: skip
    assert as_lines([timing])[2] == "| start | s | 3 | 2 | 1 | 3 | pass | 0.5 | 0.5 |"


def test_a_process_takes_at_least_as_long_as_it_sleeps() -> None:
    assert min(wall_seconds(SLEEP, n=2)) >= 0.05


def test_memory_held_is_memory_seen() -> None:
    hold = [sys.executable, "-S", "-c", "b = b'x' * (64 * 2**20)"]
    assert peak_megabytes(hold) > 64


def test_the_size_of_the_measuring_process_is_not_counted() -> None:
    held = b"x" * (200 * 2**20)
    assert peak_megabytes([sys.executable, "-S", "-c", "pass"]) < 64
    assert len(held) == 200 * 2**20


def test_a_command_that_fails_is_no_measurement() -> None:
    with pytest.raises(LoupeError, match="no luck"):
        wall_seconds(FAIL, n=1)
    with pytest.raises(LoupeError, match="failed with 1"):
        peak_megabytes(FAIL)
