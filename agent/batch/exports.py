"""Results for a line's own systems: csv, JUnit's XML, Parquet. Knows nothing of how they came."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

from agent.batch.records import BatchRow
from agent.run_folder import write_atomically
from tools.errors import SettingsError

LISTS = ("findings", "failure_modes", "rules")


def write_csv(rows: Sequence[BatchRow], path: Path) -> None:
    """One line a row; labels as columns of their own, several findings joined by `; `.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    names = label_names(rows)
    fields = [name for name in BatchRow.model_fields if name not in ("labels", "format")]
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([*fields, *names])
    for one in rows:
        known = one.model_dump()
        cells = ["; ".join(known[name]) if name in LISTS else known[name] for name in fields]
        cells += [one.labels.get(name.removeprefix("label_"), "") for name in names]
        writer.writerow([_harmless(cell) for cell in cells])
    write_atomically(path, stream.getvalue().encode())


def write_junit(rows: Sequence[BatchRow], path: Path, *, name: str) -> None:
    """A test suite: a part is a case, an anomalous one fails, one in review is skipped.

    What could not be decided is an error.
    """
    suite = ElementTree.Element(
        "testsuite",
        name=name,
        tests=str(len(rows)),
        failures=str(sum(one.decision == "anomalous" for one in rows)),
        skipped=str(sum(one.decision == "review" for one in rows)),
        errors=str(sum(one.status == "failed" for one in rows)),
        time=f"{sum(one.seconds for one in rows):.3f}",
    )
    for one in rows:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_printable(one.product or "unknown"),
            name=_printable(one.asset),
            time=f"{one.seconds:.3f}",
        )
        told = _printable("; ".join(one.findings) or one.reason)
        if one.status == "failed":
            ElementTree.SubElement(case, "error", message=told)
        elif one.decision == "anomalous":
            ElementTree.SubElement(case, "failure", message=told).text = _printable(one.cause)
        elif one.decision == "review":
            ElementTree.SubElement(case, "skipped", message=told or "review")
    ElementTree.indent(suite)
    write_atomically(path, ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))


def write_parquet(rows: Sequence[BatchRow], path: Path) -> None:
    """Every field of every row; labels as columns `label_NAME`.

    Raises:
        SettingsError: where pyarrow is not installed.
    """
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise SettingsError(f"{path}: writing parquet needs `pip install loupe[batch]`") from error
    names = label_names(rows)
    plain = [
        {
            **one.model_dump(exclude={"labels"}),
            **{name: one.labels.get(name.removeprefix("label_")) for name in names},
        }
        for one in rows
    ]
    stream = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(plain), stream)
    write_atomically(path, stream.getvalue())


def label_names(rows: Sequence[BatchRow]) -> list[str]:
    """`label_NAME` for every label of any row, in the order of their first appearance."""
    return [f"label_{name}" for name in dict.fromkeys(n for one in rows for n in one.labels)]


def _harmless(cell: object) -> object:
    is_formula = isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{cell}" if is_formula else cell


def _printable(text: str) -> str:
    """Text without characters that XML does not allow."""
    return "".join(one if one in "\t\n" or one.isprintable() else "?" for one in text)
