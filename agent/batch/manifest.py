"""From what a person names to orders: folders, globs, or a table with a column of files.

Opens no picture. A table is a manifest where one of its columns is called as `ASSET` says, else a
series that is inspected itself.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os.path import exists
from pathlib import Path
from typing import NamedTuple

from agent.batch.data_sets import data_set_rows, is_data_set
from agent.batch.records import Order, task_name
from agent.input_files import picture_files
from tools.errors import SettingsError

ASSET = ("asset", "path", "file", "image")
"""Names of the column that says which file, the first that is there."""
PRODUCT = "product"
TABLES = (".csv", ".parquet")


class Cells(NamedTuple):
    """One row of a table, and where it stands."""

    place: str
    cells: Mapping[str, str]


class Condition(NamedTuple):
    """What a row must say to be inspected."""

    column: str
    value: str
    equal: bool

    def holds(self, order: Order) -> bool:
        """Whether an order is wanted; a column that it does not have is empty."""
        said = {ASSET[0]: order.asset, PRODUCT: order.product or "", **order.labels}
        return (said.get(self.column, "") == self.value) is self.equal


def orders_of(
    named: Sequence[str], *, product: str | None = None, data: Path | None = None
) -> list[Order]:
    """Orders for paths, folders, globs, manifests and data sets, in the order of naming.

    Args:
        named: as on a command line.
        product: of the rows that name none, and of all of a data set.
        data: the folder of all data sets.

    Raises:
        SettingsError: where a manifest cannot be read, a row names no file (each is told by its
            line), none of its files is there, or one is ordered as two products.
        AssetError: where something else that is named is not there or holds no asset.
    """
    orders: list[Order] = []
    seen: Counter[str] = Counter()
    for name in named:
        orders += [_order(one, product, seen) for one in _found(name, product, data)]
    _check_products(orders)
    return orders


def _found(name: str, product: str | None, data: Path | None) -> list[Cells]:
    if is_data_set(name):
        return [Cells("", row) for row in data_set_rows(name, data, product=product)]
    path = Path(name)
    table = read_table(path) if path.suffix.lower() in TABLES and path.is_file() else None
    if table is not None:
        return list(table)
    return [Cells("", {ASSET[0]: str(one)}) for one in picture_files([name])]


def read_table(path: Path) -> Iterator[Cells] | None:
    """The rows of a manifest, files made relative to its folder; None where it is no manifest.

    Raises:
        SettingsError: where it cannot be read, rows name no file, or no file is there.
    """
    rows = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
    header = next(iter(rows), None)
    column = next((name for name in ASSET if header and name in header.cells), None)
    if column is None:
        return None
    return iter(_checked(path, rows, column))


def conditions(given: Iterable[str]) -> list[Condition]:
    """`station=S3` and `lot!=7` as conditions.

    Raises:
        SettingsError: where one is neither.
    """
    found = []
    for one in given:
        column, equals, value = one.partition("=")
        if not equals or not column.rstrip("!").strip():
            raise SettingsError(f"--where must be COLUMN=VALUE or COLUMN!=VALUE, got {one!r}")
        equal = not column.endswith("!")
        found.append(Condition(column.rstrip("!").strip().lower(), value.strip(), equal))
    return found


def chosen(
    orders: Sequence[Order],
    *,
    where: Sequence[Condition] = (),
    sample: int | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> list[Order]:
    """The orders that are wanted: first by condition, then a draw, then the first ones.

    Args:
        orders: all.
        where: every condition must hold.
        sample: so many, drawn without replacement; they keep their order.
        limit: at most so many.
        seed: of the draw.

    Raises:
        SettingsError: where nothing is left.
    """
    kept = [one for one in orders if all(each.holds(one) for each in where)]
    if sample is not None and sample < len(kept):
        drawn = sorted(random.Random(seed).sample(range(len(kept)), sample))
        kept = [kept[position] for position in drawn]
    kept = kept[:limit]
    if not kept:
        raise SettingsError(
            f"none of {len(orders)} rows is left to inspect; loosen --where, --sample or --limit"
        )
    return kept


def _check_products(orders: Sequence[Order]) -> None:
    """A run keeps one record of a file."""
    products: dict[str, str | None] = {}
    for one in orders:
        other = products.setdefault(one.asset, one.product)
        if other != one.product:
            raise SettingsError(
                f"{one.asset!r} is ordered as {other!r} and as {one.product!r}; one run inspects a "
                "file as one product, so make two manifests"
            )


def _order(row: Cells, product: str | None, seen: Counter[str]) -> Order:
    cells = dict(row.cells)
    asset, own = cells.pop(ASSET[0]), cells.pop(PRODUCT, "") or product
    labels = {name: value for name, value in cells.items() if value}
    first = task_name(asset, own, labels, nth=0)
    task = first if not seen[first] else task_name(asset, own, labels, nth=seen[first])
    seen[first] += 1
    return Order(task=task, asset=asset, product=own, labels=labels)


def _checked(path: Path, rows: Sequence[Cells], column: str) -> list[Cells]:
    """Rows with their file under `ASSET`'s first name.

    A file that is not there is its row's own failure; that none is there is the manifest's.
    """
    found, wrong = [], []
    for row in rows:
        cells = dict(row.cells)
        name = cells.pop(column, "")
        if not name:
            wrong.append(f"{path} {row.place}: column {column} is empty; name a file")
        found.append(Cells(row.place, {ASSET[0]: str(path.parent / name), **cells}))
    if wrong:
        raise SettingsError("\n".join(wrong))
    if not any(exists(row.cells[ASSET[0]]) for row in found):
        raise SettingsError(
            f"{path}: none of the files of column {column} is there, as "
            f"{found[0].cells[ASSET[0]]!r}; they are looked for beside the manifest"
        )
    return found


def _csv(path: Path) -> list[Cells]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            return [
                Cells(f"line {reader.line_num}", _plain(row)) for row in reader if any(row.values())
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(
            f"{path}: the manifest cannot be read ({error}); it must be a csv in UTF-8"
        ) from error


def _parquet(path: Path) -> list[Cells]:
    from importlib import import_module

    try:
        parquet, arrow = import_module("pyarrow.parquet"), import_module("pyarrow")
    except ImportError as error:
        raise SettingsError(f"{path}: reading parquet needs `pip install loupe[batch]`") from error
    try:
        rows = parquet.read_table(path).to_pylist()
    except (OSError, arrow.ArrowException) as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        raise SettingsError(
            f"{path}: the manifest cannot be read ({reason}); check that it is a parquet file"
        ) from error
    return [Cells(f"row {number}", _plain(row)) for number, row in enumerate(rows, 1)]


def _plain(row: Mapping[str | None, object]) -> dict[str, str]:
    """Cells as text, columns in lower case; cells beyond the header are left out."""
    return {
        str(name).strip().lower(): "" if value is None else str(value).strip()
        for name, value in row.items()
        if name is not None
    }
