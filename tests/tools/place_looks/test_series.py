from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.assets.series import open_series
from tools.place_looks import looks_of
from tools.records import IntervalExtent

N = 1000


def wave(n: int = N) -> NDArray[np.float64]:
    """Between 19 and 21, changing by 0.1 from sample to sample, up and down."""
    steps = np.arange(n) % 40
    return 19.0 + 0.1 * np.minimum(steps, 40 - steps)


def looks(folder: Path, values: NDArray[np.float64], first: int, last: int) -> Sequence[str]:
    path = folder / "bearing.csv"
    rows = ["" if np.isnan(value) else f"{value:.6f}" for value in values]
    lines = [f"{number},{row}" for number, row in enumerate(rows)]
    path.write_text("time,temperature\n" + "\n".join(lines) + "\n")
    extent = IntervalExtent(
        start=float(first),
        end=float(last - 1),
        channels=["temperature"],
        first_sample=first,
        last_sample=last,
    )
    return looks_of(extent, open_series(path), {})


def test_two_samples_far_above_are_a_high_spike(tmp_path: Path) -> None:
    values = wave()
    values[500:502] = 90.0

    assert looks(tmp_path, values, 500, 502) == ("high", "spike")


def test_a_fifth_of_the_series_far_below_is_a_low_shift(tmp_path: Path) -> None:
    values = wave()
    values[400:600] -= 15.0

    assert looks(tmp_path, values, 400, 600) == ("low", "shift")


def test_a_straight_climb_is_rising(tmp_path: Path) -> None:
    values = wave()
    values[400:500] = np.linspace(20.0, 60.0, 100)

    assert looks(tmp_path, values, 400, 500) == ("high", "shift", "rising", "noisy")


def test_a_stuck_sensor_is_flat(tmp_path: Path) -> None:
    values = wave()
    values[400:500] = 20.0

    assert looks(tmp_path, values, 400, 500) == ("flat",)


def test_missing_samples_are_a_gap(tmp_path: Path) -> None:
    values = wave()
    values[400:420] = np.nan

    assert looks(tmp_path, values, 400, 420) == ("gap",)


def test_an_interval_like_all_others_has_no_look(tmp_path: Path) -> None:
    assert looks(tmp_path, wave(), 400, 480) == ()


@pytest.mark.parametrize("channel", ["pressure", ""])
def test_a_channel_that_is_not_there_has_no_look(tmp_path: Path, channel: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,temperature\n0,1\n1,2\n2,3\n")
    extent = IntervalExtent(start=0.0, end=1.0, channels=[channel], first_sample=0, last_sample=2)

    assert looks_of(extent, open_series(path), {}) == ()
