"""The slope of a batch's memory, worked out on lines that are known; a process looked at outside.

Over 10,000 parts: `python -m evals.benchmarks.batch_memory`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evals.benchmarks.batch_memory import (
    Look,
    draw,
    looks,
    report,
    slope,
    stored,
    while_inspecting,
)
from tools.errors import LoupeError


def test_the_slope_is_that_of_the_parts_after_the_warm_up() -> None:
    n_rows = list(range(0, 10_000, 50))
    # Steep at first, then a quarter of a kilobyte for each part.
    resident_kb = [300.0 * n if n < 1000 else 300_000 + 0.25 * (n - 1000) for n in n_rows]

    found = slope(n_rows, resident_kb, warm_up=1000)

    assert found.mean == pytest.approx(0.25)
    assert found.half_width == pytest.approx(0.0, abs=1e-6)


def test_what_the_end_of_a_run_takes_is_no_growth_of_a_part() -> None:
    level = [Look(n, 300_000, 20, 0.1 * n, 0.2 * n) for n in range(0, 4000, 40)]
    closing = [Look(4000, 300_000 + 50_000 * k, 5, 400.0, 800.0 + k) for k in range(3)]

    working = while_inspecting([*level, *closing])

    assert working == level
    assert report([*level, *closing], [])[1].startswith("slope after the first 1000: +0.000")


def test_too_few_blocks_tell_no_slope() -> None:
    found = slope([10, 1000, 1100], [1.0, 2.0, 3.0], warm_up=1000)

    assert found.half_width == float("inf")


def test_a_process_is_looked_at_until_it_ends_and_its_failure_is_told(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time\n"
        f"run = pathlib.Path({str(tmp_path)!r})\n"
        "(run / 'results.jsonl').write_text('{}\\n{}\\n')\n"
        "while not (run / 'seen').exists(): time.sleep(0.01)\n"
        "sys.exit('the disc is full' if 'fail' in sys.argv else 0)\n"
    )

    found = []
    for one in looks([sys.executable, "-c", program], tmp_path, every_s=0.02):
        found.append(one)
        if one.n_rows == 2:
            (tmp_path / "seen").touch()

    assert found[-1].n_rows == 2
    assert found[-1].resident_kb > 1000
    assert found[-1].n_files >= 3
    with pytest.raises(LoupeError, match="ended with 1: the disc is full"):
        list(looks([sys.executable, "-c", program, "fail"], tmp_path, every_s=0.02))


def test_what_a_run_leaves_is_told_for_each_part_the_largest_first(tmp_path: Path) -> None:
    for name in ("a", "b"):
        folder = tmp_path / "inspections" / name
        folder.mkdir(parents=True)
        (folder / "overlay.png").write_bytes(b"x" * 500)
    (tmp_path / "results.jsonl").write_bytes(b"y" * 100)

    assert stored(tmp_path, n=2) == [("inspections/*/overlay.png", 500.0), ("results.jsonl", 50.0)]


def test_the_figures_and_the_plot_are_of_the_same_looks(tmp_path: Path) -> None:
    found = [Look(n, 300_000 + n, 20, 0.1 * n, 0.2 * n) for n in range(0, 4000, 40)]
    grown = slope([one.n_rows for one in found], [one.resident_kb for one in found], warm_up=1000)

    draw(found, grown, tmp_path / "plots" / "memory.png")
    lines = report(found, [])

    assert (tmp_path / "plots" / "memory.png").stat().st_size > 5000
    assert lines[1].startswith("slope after the first 1000: +1.000")
    assert lines[3] == "5.00 parts a second, 100 ms of processor each"
