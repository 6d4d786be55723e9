"""Each bad file is refused in one line that names the file, the constraint and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tools.assets.series import open_series
from tools.assets.series.arrow import arrow
from tools.assets.series.series import Series
from tools.errors import AssetError

SeriesOf = Callable[..., Series]

REFUSED = {
    "empty": (b"", "the file is empty (0 bytes)"),
    "blank lines": (b"\n\n\n", "has no line with content"),
    "header only": (b"time,a\n", "has a header and no row below it"),
    "one row": (b"time,a\n0,1\n", "must have at least 2 rows of samples, has 1"),
    "binary": (b"\x00\x01\x02" * 50, "must hold text, holds binary data"),
    "text in numbers": (
        b"time,temp\n" + b"0,1.5\n" * 3 + b"1,ERR\n0,2\n",
        "column 'temp' must hold numbers, line 5 holds 'ERR'",
    ),
    "text in numbers far below": (
        b"time,temp\n" + b"0,1.5\n" * 5000 + b"1,broken\n",
        "column 'temp' must hold numbers, line 5002 holds 'broken'",
    ),
    "words only": (b"name,place\nx,y\nz,w\n", "must have a column of numbers, has 'name', 'place'"),
    "labels only": (b"time,anomaly\n0,0\n1,1\n", "must have a column of numbers"),
    "mixed separators": (
        b"a;b;c\n1;2;3\n4;5;6\n7,8,9\n1;2;3\n",
        "every line must have 3 cells, line 4 has 1 ('7,8,9')",
    ),
    "a longer line": (
        b"a,b\n" + b"1,2\n" * 400 + b"1,2,3\n",
        "every line must have 2 cells, line 402 has 3",
    ),
    "no stamp": (
        b"when,a\n2020-01-01,1\n,2\n2020-01-03,3\n",
        "column 'when' must hold a time in every row, line 3 holds none",
    ),
    "zones here and there": (
        b"when,a\n2020-01-01T00:00:00Z,1\n2020-01-01T00:00:05,2\n",
        "line 3: '2020-01-01T00:00:05' has no zone, others have one",
    ),
    "a date that is none": (
        b"when,a\n2020-02-29,1\n2020-02-30,2\n",
        "line 3: '2020-02-30' is no date",
    ),
    "days or months": (
        b"when,a\n03/04/2020,1\n03/04/2020,2\n04/03/2020,3\n03/04/2020,4\n",
        "days and months cannot be told apart",
    ),
    "gaps only": (b"a,b\nnan,\n,NaN\n", "must have a number in at least one row"),
    "a time that is none": (
        b"time,a\n0,1\nNaN,2\n2,3\n",
        "column 'time' must hold a time in every row, row 2 holds none",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_table_is_refused_in_one_line(series_of: SeriesOf, what: str) -> None:
    content, expected = REFUSED[what]

    with pytest.raises(AssetError) as caught:
        series_of(content)

    said = str(caught.value)
    assert expected in said
    assert "run.csv: " in said
    assert "\n" not in said


def test_a_truncated_parquet_is_refused(tmp_path: Path) -> None:
    pa, parquet = arrow(), arrow("parquet")

    whole = tmp_path / "whole.parquet"
    parquet.write_table(pa.table({"a": np.arange(1000.0)}), whole)
    (tmp_path / "half.parquet").write_bytes(whole.read_bytes()[:2000])

    with pytest.raises(AssetError, match=r"half.parquet: damaged or incomplete parquet"):
        open_series(tmp_path / "half.parquet")


def test_a_csv_that_is_named_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.parquet").write_text("a\n1\n2\n", "utf-8")

    with pytest.raises(AssetError, match="must hold parquet, does not begin as one"):
        open_series(tmp_path / "run.parquet")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    with path.open("wb") as stream:
        stream.truncate(3_000_000_000)

    with pytest.raises(AssetError, match="may have 2000000000 bytes, this file has 3000000000"):
        open_series(path)


def test_more_values_than_the_limit_are_refused(series_of: SeriesOf, tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_text("a,b\n1,2\n3,4\n", "utf-8")

    with pytest.raises(AssetError, match="may have 3 values, this one has 2 samples of 2 channels"):
        open_series(tmp_path / "run.csv", max_values=3)


def test_too_many_words_for_channels_are_refused(series_of: SeriesOf) -> None:
    rows = "".join(f"{i},name {i},1\n" for i in range(1001))

    with pytest.raises(AssetError, match="may name 1000 channels, names 1001"):
        series_of(f"time,channel,value\n{rows}")


@pytest.mark.parametrize("name", ["gone.csv", "folder"])
def test_a_path_that_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(AssetError, match=r"no such file|a folder, not a file"):
        open_series(tmp_path / name)
