"""Quantities of series and the intervals beyond a limit, with values worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tools.assets.series.series import Series
from tools.errors import ToolError
from tools.records import ImageExtent, IntervalExtent

SeriesOf = Callable[..., Series]

TEXT = """when,temperature [C],p
2020-01-01 00:00:00,70,1
2020-01-01 00:00:10,81,
2020-01-01 00:00:20,83,1
2020-01-01 00:00:30,70,1
2020-01-01 00:02:00,90,1
2020-01-01 00:02:10,80,1
"""


@pytest.mark.parametrize(
    ("quantity", "value", "unit"),
    [
        ("max:temperature", 90.0, "C"),
        ("min:temperature", 70.0, "C"),
        ("mean:temperature", 79.0, "C"),
        ("range:temperature", 20.0, "C"),
        ("std:p", 0.0, ""),
        ("slope:p", 0.0, "1/s"),
        ("missing:p", 1.0, "samples"),
        ("gap", 90.0, "s"),
        ("duration", 130.0, "s"),
        ("n_samples", 6.0, "samples"),
    ],
)
def test_quantities_of_the_whole(
    series_of: SeriesOf, quantity: str, value: float, unit: str
) -> None:
    measured = series_of(TEXT).measure(quantity)

    assert measured.value == pytest.approx(value)
    assert measured.unit == unit


def test_a_line_has_its_slope(series_of: SeriesOf) -> None:
    measured = series_of("time [s],a [V]\n0,1\n2,5\n4,9\n").measure("slope:a")

    assert measured.value == pytest.approx(2.0)
    assert (measured.unit, measured.where) == ("V/s", None)


def test_a_maximum_says_where_it_is_reached(series_of: SeriesOf) -> None:
    series = series_of(TEXT)
    early = IntervalExtent(start="", end="", channels=[], first_sample=0, last_sample=4)

    assert series.measure("max:temperature").where == IntervalExtent(
        start="2020-01-01 00:02:00",
        end="2020-01-01 00:02:00",
        channels=["temperature"],
        first_sample=4,
        last_sample=5,
    )
    assert series.measure("max:temperature", early).value == 83.0


def test_above_eighty_degrees_lie_two_intervals_the_longer_first(series_of: SeriesOf) -> None:
    beyond = series_of(TEXT).beyond("max:temperature", low=float("-inf"), high=80)

    assert [(one.start, one.end) for one in beyond] == [
        ("2020-01-01 00:00:10", "2020-01-01 00:00:20"),
        ("2020-01-01 00:02:00", "2020-01-01 00:02:00"),
    ]


def test_gaps_have_places_and_means_have_none(series_of: SeriesOf) -> None:
    series = series_of(TEXT)

    assert [(one.start, one.end) for one in series.beyond("gap", low=0, high=60)] == [
        ("2020-01-01 00:00:30", "2020-01-01 00:02:00")
    ]
    assert [one.first_sample for one in series.beyond("missing:p", low=0, high=0)] == [1]
    assert series.beyond("min:temperature", low=70, high=100) == []
    assert series.beyond("mean:temperature", low=0, high=1) == []


def test_what_cannot_be_measured_is_told_with_what_can(series_of: SeriesOf) -> None:
    series = series_of(TEXT)

    with pytest.raises(ToolError, match=r"no quantity 'max:pressure'; there are max, min, .*gap"):
        series.measure("max:pressure")
    with pytest.raises(ToolError, match="no quantity"):
        series.beyond("length", low=0, high=1)
    with pytest.raises(ToolError, match="over an interval of a series"):
        series.measure("gap", ImageExtent(box_xyxy=[0, 0, 1, 1]))
    missing = IntervalExtent(start=0, end=0, channels=["p"], first_sample=1, last_sample=2)
    with pytest.raises(ToolError, match="'p' has no sample in rows 1 to 2"):
        series.measure("max:p", missing)


def test_noise_about_a_limit_does_not_part_an_interval(series_of: SeriesOf) -> None:
    """Rows 10 to 29 are above 80 but for row 15, row 60 is a case of its own."""
    high = {*range(10, 30), 60} - {15}
    rows = "".join(f"{i},{81 if i in high else 70}\n" for i in range(100))

    beyond = series_of(f"time,a\n{rows}").beyond("max:a", low=float("-inf"), high=80)

    assert [(one.first_sample, one.last_sample) for one in beyond] == [(10, 30), (60, 61)]
