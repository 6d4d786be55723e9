"""Samples of a series lead to a box of its picture and back, whatever their times."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.assets.series.columns import NamedUnit
from tools.assets.series.frame import LEFT_PX, RIGHT_PX
from tools.assets.series.series import Series
from tools.assets.series.stamps import Stamps
from tools.assets.series.table import SeriesTable
from tools.records import Asset, IntervalExtent

STEPS = st.lists(st.floats(0.0, 50.0), min_size=2, max_size=200)


def series_at(times: np.ndarray, n_channels: int) -> Series:
    table = SeriesTable(
        channels=tuple(NamedUnit("abcd"[i], "") for i in range(n_channels)),
        values_cn=np.zeros((n_channels, len(times))),
        stamps=Stamps(kind="number", values=times),
        notes=(),
    )
    size = [len(times), n_channels]
    return Series(Asset(path="x", sha256="0" * 64, modality="time_series", size=size), table)


@st.composite
def intervals(draw: st.DrawFn) -> tuple[Series, int, int, list[str]]:
    """A series of uneven times, and samples [first, last) of some channels that follow others."""
    steps = draw(STEPS)
    times = np.concatenate([[0.0], np.cumsum(steps)])
    n_channels = draw(st.integers(1, 3))
    first = draw(st.integers(0, len(times) - 1))
    last = draw(st.integers(first + 1, len(times)))
    low = draw(st.integers(0, n_channels - 1))
    high = draw(st.integers(low + 1, n_channels))
    return series_at(times, n_channels), first, last, list("abcd"[low:high])


@settings(max_examples=100, deadline=None)
@given(intervals())
def test_a_box_around_samples_speaks_of_all_of_them_and_of_their_channels_alone(
    given_interval: tuple[Series, int, int, list[str]],
) -> None:
    series, first, last, channels = given_interval
    picture = series.picture(series.names[0])
    asked = IntervalExtent(
        start=0.0, end=0.0, channels=channels, first_sample=first, last_sample=last
    )

    box = picture.box_of(asked)
    assert box is not None
    back = picture.extent(box)

    assert back.first_sample <= first
    assert last <= back.last_sample
    assert back.channels == channels
    # What is told beside them shares a pixel column with one of them.
    columns = [picture.frame.column_of(float(time)) for time in series.seconds]
    told = set(columns[back.first_sample : back.last_sample])
    assert told <= set(range(columns[first], columns[last - 1] + 1))
    assert LEFT_PX <= box[0] < box[2] <= RIGHT_PX


@settings(max_examples=60, deadline=None)
@given(intervals())
def test_who_looks_closer_at_a_box_sees_its_samples_and_their_box_again(
    given_interval: tuple[Series, int, int, list[str]],
) -> None:
    series, first, last, channels = given_interval
    picture = series.picture(series.names[0])
    asked = IntervalExtent(
        start=0.0, end=0.0, channels=channels, first_sample=first, last_sample=last
    )
    box = picture.box_of(asked)
    assert box is not None

    closer = picture.closer(box)
    found = closer.box_of(asked)

    assert closer.frame.rows[0] <= first
    assert last <= closer.frame.rows[1]
    assert found is not None
    again = closer.extent(found)
    assert again.first_sample <= first
    assert last <= again.last_sample
    assert series.picture(closer.name).frame == closer.frame
