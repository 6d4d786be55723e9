"""Tables, folders and globs become orders; what cannot be is told by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.batch.manifest import chosen, conditions, orders_of
from tools.errors import SettingsError


@pytest.fixture
def table(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).write_bytes(b"")
    path = tmp_path / "parts.csv"
    path.write_text(
        "File,Product,Station,lot\na.png,board,S1,7\nb.png,,S2,\nc.png,board,S1,8\n", "utf-8"
    )
    return path


def test_every_further_column_is_carried_along_as_a_label(table: Path) -> None:
    first, second, _ = orders_of([str(table)], product="bracket")

    assert (first.asset, first.product) == (str(table.parent / "a.png"), "board")
    assert first.labels == {"station": "S1", "lot": "7"}
    # An empty cell says nothing: the product is that of the command line.
    assert (second.product, second.labels) == ("bracket", {"station": "S2"})


def test_a_row_has_its_name_wherever_it_stands_and_equal_rows_have_two(table: Path) -> None:
    before = {one.asset: one.task for one in orders_of([str(table)])}
    header, *rows = table.read_text("utf-8").splitlines()
    table.write_text("\n".join([header, *reversed(rows), rows[0], ""]), "utf-8")

    after = orders_of([str(table)])

    assert {one.asset: one.task for one in after[:3]} == before
    assert len({one.task for one in after}) == 4


def test_a_table_without_a_column_of_files_is_a_series(tmp_path: Path) -> None:
    series = tmp_path / "log.csv"
    series.write_text("time,current\n0,1.5\n1,1.6\n", "utf-8")

    (order,) = orders_of([str(series)])

    assert (order.asset, order.labels) == (str(series), {})


def test_parquet_says_the_same_as_csv(table: Path) -> None:
    pytest.importorskip("pyarrow")
    import pyarrow as arrow  # type: ignore[import-untyped]
    import pyarrow.parquet as parquet  # type: ignore[import-untyped]

    rows = [{"file": "a.png", "product": "board", "station": "S1", "lot": 7}]
    parquet.write_table(arrow.Table.from_pylist(rows), table.with_suffix(".parquet"))

    (order,) = orders_of([str(table.with_suffix(".parquet"))])

    assert order == orders_of([str(table)])[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("asset,lot\na.png,1\n,2\n", "line 3: column asset is empty"),
        (f"asset\n{'y/' * 3000}.png\n", "none of the files of column asset is there, as"),
        ("asset\nx.png\ny.png\n", "none of the files of column asset is there, as"),
        ("asset,product\na.png,board\na.png,plate\n", "is ordered as 'board' and as 'plate'"),
    ],
)
def test_a_manifest_that_cannot_be_is_one_line(table: Path, text: str, told: str) -> None:
    table.write_text(text, "utf-8")

    with pytest.raises(SettingsError, match=told):
        orders_of([str(table)])


def test_a_file_that_is_not_text_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00asset")

    with pytest.raises(SettingsError, match=r"must be a csv in UTF-8"):
        orders_of([str(tmp_path / "x.csv")])


def test_conditions_draws_and_limits_are_taken_in_this_order(table: Path) -> None:
    orders = orders_of([str(table)])

    one_station = chosen(orders, where=conditions(["station=S1"]))
    not_seven = chosen(orders, where=conditions(["station=S1", "lot!=7"]))
    drawn = chosen(orders, sample=2, seed=3)

    assert [Path(one.asset).name for one in one_station] == ["a.png", "c.png"]
    assert [Path(one.asset).name for one in not_seven] == ["c.png"]
    assert drawn == chosen(orders, sample=2, seed=3)
    assert [orders.index(one) for one in drawn] == sorted(orders.index(one) for one in drawn)
    assert chosen(orders, limit=1) == orders[:1]


def test_conditions_that_leave_nothing_are_told(table: Path) -> None:
    with pytest.raises(SettingsError, match="none of 3 rows is left"):
        chosen(orders_of([str(table)]), where=conditions(["station=S9"]))
    with pytest.raises(SettingsError, match="must be COLUMN=VALUE"):
        conditions(["station"])
