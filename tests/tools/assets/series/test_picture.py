"""Pictures of series: no spike is lost, and every pixel finds its way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.asset_ports import ScoredExtent
from tools.assets.series.columns import NamedUnit
from tools.assets.series.frame import LEFT_PX, N_COLUMNS, RIGHT_PX
from tools.assets.series.picture import SeriesPicture
from tools.assets.series.series import Series
from tools.assets.series.stamps import Stamps, row_stamps
from tools.assets.series.table import SeriesTable
from tools.ports import NotApplicable
from tools.records import Asset, ImageExtent, IntervalExtent

SeriesOf = Callable[..., Series]


def make(values_cn: np.ndarray, stamps: Stamps | None = None, names: str = "abcdefgh") -> Series:
    n_channels, n_samples = values_cn.shape
    table = SeriesTable(
        channels=tuple(NamedUnit(names[i], "") for i in range(n_channels)),
        values_cn=np.asarray(values_cn, dtype=np.float64),
        stamps=stamps or row_stamps(n_samples),
        notes=(),
    )
    size = [n_samples, n_channels]
    return Series(Asset(path="x", sha256="0" * 64, modality="time_series", size=size), table)


def overview(series: Series) -> SeriesPicture:
    return series.picture(series.names[0])


def intervals(places: Sequence[ScoredExtent]) -> list[IntervalExtent]:
    extents = [place.extent for place in places if isinstance(place.extent, IntervalExtent)]
    assert len(extents) == len(places)
    return extents


def test_a_spike_of_one_sample_in_five_millions_is_seen() -> None:
    values = np.zeros((1, 5_000_000))
    values[0, 3_210_987] = 10.0
    picture = overview(make(values))

    image = picture.read(picture.window_xyxy)

    column = picture.frame.column_of(3_210_987.0)
    upper = image[60:200, LEFT_PX + 5 : RIGHT_PX - 5].astype(int)
    dark = (upper.sum(axis=2) < 300).any(axis=0)
    assert np.abs(np.flatnonzero(dark) + LEFT_PX + 5 - column).max() <= 1


def test_whole_names_are_overviews_of_few_channels_then_windows_of_long_series() -> None:
    assert make(np.zeros((1, 100))).names == ["channels_0-0"]
    assert make(np.zeros((5, 100))).names == ["channels_0-1", "channels_2-4"]
    assert make(np.zeros((1, 80_000))).names == [
        "channels_0-0",
        "channels_0-0_rows_0-26666",
        "channels_0-0_rows_26666-53333",
        "channels_0-0_rows_53333-80000",
    ]


def test_a_box_tells_the_samples_of_its_columns() -> None:
    """928 samples at one a column: the first is centred on the first column of the axes."""
    picture = overview(make(np.zeros((1, N_COLUMNS))))

    extent = picture.extent([LEFT_PX + 10.0, 100.0, LEFT_PX + 20.0, 200.0])

    assert extent == IntervalExtent(
        start=10.0, end=19.0, channels=["a"], first_sample=10, last_sample=20
    )
    assert picture.box_of(extent) == [LEFT_PX + 10.0, 26.0, LEFT_PX + 20.0, 386.0]


@pytest.mark.parametrize(
    ("rows", "channels"),
    [
        ((30, 60), ["a"]),
        ((0, 26 + 240 + 10), ["a"]),  # ten rows of the lower axes are less than a tenth
        ((100, 400), ["a", "b"]),
        ((300, 301), ["b"]),
        ((20, 34), ["a"]),
    ],
)
def test_the_axes_that_a_box_covers_are_its_channels(
    rows: tuple[int, int], channels: list[str]
) -> None:
    picture = overview(make(np.zeros((2, 100))))

    assert picture.extent([200.0, rows[0], 300.0, rows[1]]).channels == channels


def test_margins_are_clipped_and_a_box_beside_the_axes_is_refused() -> None:
    picture = overview(make(np.zeros((2, 100))))

    assert picture.extent([0.0, 0.0, 1024.0, 532.0]).last_sample == 100
    for box in ([0.0, 50.0, 70.0, 90.0], [200.0, 2.0, 300.0, 20.0], [1010.0, 50.0, 1020.0, 90.0]):
        with pytest.raises(ValueError, match="shows no axes of channels_0-1"):
            picture.extent(box)


def test_a_mask_narrows_its_box() -> None:
    picture = overview(make(np.zeros((2, N_COLUMNS))))
    mask = np.zeros((100, 50), dtype=np.bool_)
    mask[:, 5:8] = True

    extent = picture.extent([LEFT_PX, 30.0, LEFT_PX + 50.0, 130.0], mask)

    assert (extent.first_sample, extent.last_sample, extent.channels) == (5, 8, ["a"])


def test_between_two_far_samples_the_nearest_is_meant() -> None:
    picture = overview(make(np.zeros((1, 3))))

    assert picture.extent([LEFT_PX + 400.0, 50.0, LEFT_PX + 402.0, 90.0]).first_sample == 1


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.floats(0.0, 50.0), min_size=3, max_size=300),
    left=st.integers(0, N_COLUMNS - 1),
    width=st.integers(1, N_COLUMNS),
)
def test_pixel_to_time_to_pixel_comes_back_within_one_pixel(
    steps: list[float], left: int, width: int
) -> None:
    """The box around what a box shows lies within it, or is the nearest sample's column."""
    times = np.concatenate([[0.0], np.cumsum(steps)])
    picture = overview(make(np.zeros((1, len(times))), Stamps(kind="number", values=times)))
    x1, x2 = LEFT_PX + left, min(LEFT_PX + left + width, RIGHT_PX)

    extent = picture.extent([x1, 50.0, x2, 90.0])
    box = picture.box_of(extent)

    assert box is not None
    first, last = picture.frame.time_at(x1), picture.frame.time_at(x2)
    inside = np.flatnonzero((times >= first) & (times < last))
    if inside.size:
        assert (extent.first_sample, extent.last_sample) == (inside[0], inside[-1] + 1)
        assert box[0] >= x1 - 1
        assert box[2] <= x2 + 1
    else:
        assert extent.last_sample == extent.first_sample + 1


def test_what_another_picture_shows_has_no_box_here() -> None:
    series = make(np.zeros((5, 1000)))
    left = series.picture("channels_0-1_rows_0-500")
    extent = IntervalExtent(start=0, end=9, channels=["a"], first_sample=600, last_sample=610)

    assert left.box_of(extent) is None
    assert left.box_of(extent.model_copy(update={"first_sample": 490})) is not None
    assert series.picture("channels_2-4").box_of(extent) is None
    assert left.box_of(ImageExtent(box_xyxy=[0, 0, 1, 1])) is None


def test_closer_shows_the_interval_over_the_whole_axes_and_is_found_again_by_its_name() -> None:
    values = np.sin(np.arange(10_000.0) / 50)[None].repeat(3, axis=0)
    series = make(values)
    picture = overview(series)
    window = picture.box_of(
        IntervalExtent(start=0, end=0, channels=["b"], first_sample=5000, last_sample=5100)
    )
    assert window is not None

    closer = picture.closer(window)
    again = make(values).picture(closer.name)

    assert closer.frame.rows[0] <= 5000
    assert 5100 <= closer.frame.rows[1] <= 5120
    assert [series.channels[band.channel].name for band in closer.frame.bands] == ["b"]
    assert np.array_equal(closer.read(closer.window_xyxy), again.read(again.window_xyxy))


def test_scores_are_painted_into_the_axes_of_their_channel() -> None:
    picture = overview(make(np.zeros((2, 10 * N_COLUMNS))))
    scores = np.full((10 * N_COLUMNS, 2), np.nan, dtype=np.float32)
    scores[1234, 1] = 7.0
    scores[1239, 1] = 3.0

    painted = picture.paint(scores)

    top, bottom = picture.frame.bands[1].top_px, picture.frame.bands[1].bottom_px
    assert set(zip(*np.nonzero(painted), strict=True)) == {
        (row, LEFT_PX + 123) for row in range(top, bottom)
    }
    assert painted.max() == 7.0


def test_every_column_of_few_samples_is_painted_up_to_a_gap() -> None:
    times = np.array([0.0, 1.0, 2.0, 30.0, 31.0])
    picture = overview(make(np.zeros((1, 5)), Stamps(kind="number", values=times)))

    painted = picture.paint(np.ones((5, 1), dtype=np.float32))[100, LEFT_PX:RIGHT_PX]

    assert painted[:60].all()
    assert not painted[120:850].any()
    with pytest.raises(ValueError, match=r"shape \[5, 1\], got \[4, 1\]"):
        picture.paint(np.ones((4, 1), dtype=np.float32))


def test_a_moved_series_is_shown_on_the_axes_of_the_other() -> None:
    mine, other = make(np.array([[0.0, 5.0, 1.0]])), make(np.array([[0.0, 100.0, 0.0, 0.0, 0.0]]))

    moved = mine.moved_like(other)

    assert overview(moved).frame.bands == overview(other).frame.bands
    assert overview(moved).frame.end == pytest.approx(overview(other).frame.end)
    assert moved.picture("channels_0-0_rows_0-2").frame.rows == (0, 2)
    with pytest.raises(NotApplicable, match="only one of the two series has a, b"):
        mine.moved_like(make(np.zeros((1, 3)), names="b"))


def test_channels_are_matched_by_name_where_the_order_differs(series_of: SeriesOf) -> None:
    mine = series_of("p,q\n1,10\n2,20\n")
    other = series_of("q,p\n0,0\n100,9\n", "other.csv")

    moved = mine.moved_like(other)

    assert [mine.channels[b.channel].name for b in overview(moved).frame.bands] == ["q", "p"]
    painted = overview(moved).paint(np.array([[0, 1], [0, 1]], dtype=np.float32))
    assert painted[100, 300] == 1.0
    assert painted[400, 300] == 0.0


@pytest.mark.parametrize(
    "name", ["", "channels_0-1", "channels_0-0_rows_5-5", "channels_0-0_rows_0-11"]
)
def test_a_name_of_no_picture_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        make(np.zeros((1, 10))).picture(name)


@pytest.mark.parametrize("name", ["$\\frac{", "温度 \u202e<b>", "x" * 500])
def test_names_of_any_signs_are_drawn(series_of: SeriesOf, name: str) -> None:
    series = series_of(f"time,{name}\n0,1\n1,2\n")
    picture = overview(series)

    assert picture.read(picture.window_xyxy).shape == (432, 1024, 3)


def test_a_series_of_gaps_and_a_constant_is_drawn(series_of: SeriesOf) -> None:
    series = series_of("time,a,b\n0,,7\n1,1,7\n1,,7\n500,2,7\n")
    picture = overview(series)

    image = picture.read(picture.window_xyxy)

    assert (image < 100).any()
    assert picture.label == "a, b, 0 to 500"


def test_samples_above_a_level_are_places_with_their_channels_the_worst_first() -> None:
    """Rows 10 to 19 of a and 15 to 24 of b meet; rows 60 and 61 stand alone; NaN is not above."""
    scores = np.zeros((100, 2), dtype=np.float32)
    scores[10:20, 0], scores[15:25, 1], scores[60:62, 1] = 3.0, 4.0, 9.0
    scores[80] = np.nan

    places = make(np.zeros((2, 100))).places(scores, level=2.0)

    found = intervals(places)
    assert [(one.first_sample, one.last_sample) for one in found] == [(60, 62), (10, 25)]
    assert [one.channels for one in found] == [["b"], ["a", "b"]]
    assert [place.score for place in places] == [9.0, 4.0]


def test_a_short_gap_does_not_part_a_place() -> None:
    scores = np.zeros((100, 1), dtype=np.float32)
    scores[[*range(10, 20), *range(22, 30), 60]] = 3.0

    places = make(np.zeros((1, 100))).places(scores, level=2.0)

    found = intervals(places)
    assert [(one.first_sample, one.last_sample) for one in found] == [(10, 30), (60, 61)]
