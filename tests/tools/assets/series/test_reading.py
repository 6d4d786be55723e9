"""What is read from tables of every common form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tools.assets.opening import modality_of, open_asset
from tools.assets.series.arrow import arrow
from tools.assets.series.series import Series

SeriesOf = Callable[..., Series]


def names(series: Series) -> list[str]:
    return [channel.name for channel in series.channels]


def test_one_value_a_line_without_header_is_one_channel_over_its_rows(series_of: SeriesOf) -> None:
    series = series_of("  -1.5e+00\n  2.0e+00\n  7\n", "001_UCR.txt")

    assert (names(series), series.asset.size) == (["value"], [3, 1])
    assert series.values(0).tolist() == [-1.5, 2.0, 7.0]
    assert [series.stamps.told(row) for row in (0, 2)] == [0.0, 2.0]


def test_numbers_in_one_line_are_one_channel_too(series_of: SeriesOf) -> None:
    series = series_of("1 2 3 4 5 6 7 8.5\n", "204_UCR.txt")

    assert series.asset.size == [8, 1]
    assert series.values(0)[-1] == 8.5


def test_a_long_line_of_numbers_is_read_to_its_end(series_of: SeriesOf) -> None:
    series = series_of("  ".join(f"{i}.25" for i in range(60_000)), "204_UCR.txt")

    assert series.asset.size == [60_000, 1]
    assert series.values(0)[-1] == 59_999.25


@pytest.mark.parametrize(
    ("text", "channels", "last"),
    [
        ("time,a,b\n0,1,2\n1,3,4\n", ["a", "b"], [3.0, 4.0]),
        ("time;a;b\n0;1,5;2\n1;3,25;4\n", ["a", "b"], [3.25, 4.0]),
        ("time\ta\n0\t1\n1\t3\n", ["a"], [3.0]),
        ("time|a\n0|1\n1|3\n", ["a"], [3.0]),
        ("time  a   b\n0  1  2\n1   3 4\n", ["a", "b"], [3.0, 4.0]),
        ("# made by a logger\n# at noon\ntime,a\n0,1\n1,3\n", ["a"], [3.0]),
        ("sep=;\ntime;a\n0;1\n1;3\n", ["a"], [3.0]),
        ("temperature\n1,5\n2,5\n", ["temperature"], [2.5]),
        ("1,2\n3,4\n5,6\n", ["column 1", "column 2"], [5.0, 6.0]),
        ('"time","a, of b"\n"0","1"\n"1","3"\n', ["a, of b"], [3.0]),
        (",a\n0,1\n1,3\n", ["a"], [3.0]),
        ("time,on\n0,True\n1,false\n", ["on"], [0.0]),
        ("a;b;\n1;2;\n3;4;\n", ["a", "b"], [3.0, 4.0]),
    ],
)
def test_separators_decimal_marks_headers_and_comments_are_found(
    series_of: SeriesOf, text: str, channels: list[str], last: list[float]
) -> None:
    series = series_of(text)

    assert names(series) == channels
    assert series.values_cn[:, -1].tolist() == last


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_a_text_of_any_usual_encoding_is_read(series_of: SeriesOf, encoding: str) -> None:
    series = series_of("Zeit;Wärme [°C]\n0;1,5\n1;2,5\n".encode(encoding))

    assert series.channels == (("Wärme", "°C"),)
    assert series.values(0).tolist() == [1.5, 2.5]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("2014-04-01 00:05:00", "2014-04-01 00:10:00", "2014-04-01 00:10:00"),
        ("2014-04-01T00:05:00Z", "2014-04-01T00:10:00Z", "2014-04-01T00:10:00Z"),
        ("2014-04-01 00:05:00.500", "2014-04-01 00:10:00.250", "2014-04-01 00:10:00.250"),
        ("2014-04-01T01:05:00+02:00", "2014-04-01T00:10:00+01:00", "2014-04-01T00:10:00+01:00"),
        ("01.04.2014 00:05", "01.04.2014 00:10", "2014-04-01 00:10:00"),
        ("4/13/2014 1:05:00 AM", "4/13/2014 1:10:00 AM", "2014-04-13 01:10:00"),
        ("2014-4-1 0:05:00", "2014-4-1 0:10:00", "2014-04-01 00:10:00"),
        ("2014-04-01", "2014-04-02", "2014-04-02 00:00:00"),
    ],
)
def test_dates_are_told_as_the_file_has_them_or_as_iso(
    series_of: SeriesOf, first: str, second: str, told: str
) -> None:
    series = series_of(f"when,a\n{first},1\n{second},2\n")

    assert names(series) == ["a"]
    assert series.stamps.told(1) == told


def test_stamps_of_several_zones_are_put_in_the_order_of_utc(series_of: SeriesOf) -> None:
    """The clock goes back by an hour: 02:30 in summer comes before 02:10 in winter."""
    text = "t,a\n2020-10-25T02:10:00+01:00,2\n2020-10-25T02:30:00+02:00,1\n"

    series = series_of(text)

    assert series.values(0).tolist() == [1.0, 2.0]
    assert series.seconds.tolist() == [0.0, 2400.0]
    assert series.stamps.told(0) == "2020-10-25T02:30:00+02:00"


def test_a_date_and_a_clock_beside_it_are_one_stamp(series_of: SeriesOf) -> None:
    series = series_of("Date;Time;a\n2020-01-02;9:00:05;1\n2020-01-02;10:00:05;2\n")

    assert names(series) == ["a"]
    assert series.stamps.told(0) == "2020-01-02 09:00:05"
    assert series.seconds.tolist() == [0.0, 3600.0]


def test_days_and_months_are_told_apart_by_the_order_of_the_rows(series_of: SeriesOf) -> None:
    text = "t,a\n" + "".join(f"{day:02d}/02/2020,{day}\n" for day in range(1, 8))

    assert series_of(text).seconds[-1] == 6 * 86_400


def test_labels_are_never_channels(series_of: SeriesOf) -> None:
    series = series_of("datetime;Current;anomaly;changepoint\n2020-02-08;1;0;1\n2020-02-09;2;1;0\n")

    assert names(series) == ["Current"]
    assert list(series.notes) == [
        "column 'anomaly' holds labels and is not inspected",
        "column 'changepoint' holds labels and is not inspected",
    ]


def test_a_long_table_becomes_channels_over_the_stamps_that_occur(series_of: SeriesOf) -> None:
    text = "time,channel,value\n0,p,1\n0,q,2\n1,q,4\n2,p,5\n2,p,6\n"

    series = series_of(text)

    assert names(series) == ["p", "q"]
    np.testing.assert_array_equal(series.values_cn, [[1, np.nan, 6], [2, 4, np.nan]])
    assert "1 samples are there twice; the last of each is kept" in series.notes


def test_units_are_taken_from_the_header(series_of: SeriesOf) -> None:
    series = series_of("time [ms],temperature [C],pressure (bar)\n0,1,2\n500,3,4\n")

    assert series.channels == (("temperature", "C"), ("pressure", "bar"))
    assert (series.stamps.unit, series.stamps.told(1)) == ("ms", 500.0)


def test_equal_names_are_told_apart(series_of: SeriesOf) -> None:
    assert names(series_of("x,x,x [V]\n1,2,3\n4,5,6\n")) == ["x", "x 2", "x [V]"]


def test_rows_out_of_order_are_sorted_and_equal_stamps_kept(series_of: SeriesOf) -> None:
    series = series_of("time,a\n5,1\n3,2\n3,3\n9,4\n")

    assert series.values(0).tolist() == [2.0, 3.0, 1.0, 4.0]
    assert series.in_time(np.array([1, 2, 3, 4])).tolist() == [2, 3, 1, 4]
    assert list(series.notes) == [
        "1 times a stamp lay before the row above; sorted",
        "1 rows have the stamp of the row before them; all are kept",
    ]


def test_gaps_infinities_and_constants_are_told(series_of: SeriesOf) -> None:
    series = series_of("time,a,b,c,d\n0,1,inf,7,\n1,NaN,2,7,\n2,3,-inf,7,\n")

    assert names(series) == ["a", "b", "c"]
    assert np.isnan(series.values_cn).tolist() == [
        [False, True, False],
        [True, False, True],
        [False, False, False],
    ]
    assert list(series.notes) == [
        "1 of 3 samples of 'a' are missing",
        "2 infinite values of 'b' are read as gaps",
        "2 of 3 samples of 'b' are missing",
        "'b' is constant at 2",
        "'c' is constant at 7",
        "'d' has no value in any row and is not inspected",
    ]


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_parquet_is_read_with_its_zones(tmp_path: Path, zone: str | None) -> None:
    pa, parquet = arrow(), arrow("parquet")

    stamps = pa.array([0, 3_600_000], pa.timestamp("ms", tz=zone))
    table = pa.table(
        {"when": stamps, "a": [1, None], "b": pa.array([True, False]), "s": ["x", "y"]}
    )
    parquet.write_table(table, tmp_path / "run.parquet")

    series = open_asset(tmp_path / "run.parquet")

    assert isinstance(series, Series)
    assert names(series) == ["a", "b"]
    assert series.stamps.told(1) == (
        "1970-01-01T01:00:00" if zone is None else "1970-01-01T02:00:00+01:00"
    )
    assert "column 's' is not inspected: it holds text" in series.notes


def test_a_txt_is_a_series_only_where_it_begins_with_numbers(tmp_path: Path) -> None:
    (tmp_path / "values.txt").write_text("1.5\n2.5\n", "utf-8")
    (tmp_path / "letter.txt").write_text("Dear reader,\nthis is no series.\n", "utf-8")

    assert modality_of(tmp_path / "values.txt") == "time_series"
    assert modality_of(tmp_path / "letter.txt") == "image"


def test_nab_and_skab_are_read_as_they_are_published(shared_data: Path) -> None:
    taxi = open_asset(shared_data / "nab/series/realKnownCause/nyc_taxi.csv")
    valve = open_asset(shared_data / "skab/series/valve1_0.csv")

    assert taxi.asset.size == [10_320, 1]
    assert valve.asset.size == [1147, 8]
    assert list(taxi.notes) == []
