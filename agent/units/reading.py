"""The units of a home's runs as a table of DuckDB. Knows no question.

A unit is a file's bytes: where it was inspected several times, it counts once, as it was decided
last. Failed inspections have no decision and are left out; how many is told.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tools.errors import ToolError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MaySeeUnit: TypeAlias = Callable[[str], bool]
COLUMNS = (
    "{id: 'VARCHAR', product: 'VARCHAR', created: 'VARCHAR', labels: 'JSON', columns: 'JSON', "
    "verdict: 'JSON', asset: 'JSON'}"
)
MAX_RECORD_BYTES = 200_000_000
READ = f"""
    INSERT INTO found
    SELECT
        split_part(filename, '/', ?), id, product, created,
        coalesce(labels, columns, '{{}}'),
        json_extract_string(verdict, '$.decision'),
        json_extract_string(verdict, '$.status'),
        list_distinct(list_transform(
            json_extract_string(verdict, '$.findings[*].failure_mode'),
            lambda one: coalesce(one, 'unnamed'))),
        json_extract_string(verdict, '$.causes[0].text'),
        json_extract_string(asset, '$.sha256'),
        json_extract_string(asset, '$.path'),
        ?
    FROM read_json(?, columns = {COLUMNS}, format = ?, filename = true,
        maximum_object_size = {MAX_RECORD_BYTES})
    WHERE verdict IS NOT NULL
"""
BATCH_COLUMNS = (
    "{format: 'VARCHAR', inspection: 'VARCHAR', product: 'VARCHAR', created: 'VARCHAR', "
    "labels: 'JSON', decision: 'VARCHAR', status: 'VARCHAR', failure_modes: 'VARCHAR[]', "
    "findings: 'VARCHAR[]', cause: 'VARCHAR', sha256: 'VARCHAR', asset: 'VARCHAR'}"
)
READ_BATCH = f"""
    INSERT INTO found
    SELECT
        split_part(filename, '/', ?), inspection, product, created,
        coalesce(labels, '{{}}'), decision, status,
        CASE WHEN len(failure_modes) = 0 AND len(findings) > 0 THEN ['unnamed']
            ELSE list_distinct(failure_modes) END,
        nullif(cause, ''), sha256, asset, -1
    FROM read_json(?, columns = {BATCH_COLUMNS}, format = 'newline_delimited', filename = true)
    WHERE format = 'loupe.batch/1' AND inspection <> ''
"""
"""Rows of batches have the labels, and come before the records that they name."""
MAKE = """
    CREATE TABLE found (
        run VARCHAR, id VARCHAR, product VARCHAR, created VARCHAR, labels JSON, decision VARCHAR,
        status VARCHAR, defects VARCHAR[], cause VARCHAR, sha256 VARCHAR, path VARCHAR, rank INTEGER
    )
"""
UNITS = """
    CREATE TABLE units AS
    SELECT run || '/' || id AS ref, run, product, decision, status, defects, cause, sha256, path,
        labels, created,
        coalesce(
            try_cast(json_extract_string(labels, '$.time') AS TIMESTAMPTZ),
            try_cast(created AS TIMESTAMPTZ)
        ) AT TIME ZONE 'UTC' AS made
    FROM found
    QUALIFY row_number() OVER (PARTITION BY run, id ORDER BY rank, created DESC) = 1
"""


class Records(NamedTuple):
    """Files with inspections in them."""

    single: list[str]
    """One inspection each."""
    lines: list[str]
    """One inspection a line, as a batch writes them."""


def records_of(runs: Path) -> Records:
    """The files of every run in a folder."""
    return Records(
        sorted(str(path) for path in runs.glob("*/inspections/*/inspection.json")),
        sorted(str(path) for path in runs.glob("*/results.jsonl")),
    )


def open_units(runs: Path, *, may_see: MaySeeUnit | None = None) -> DuckDBPyConnection:
    """A database in memory with the table `units`; close it when done.

    Args:
        runs: the folder of all runs.
        may_see: given `<run>/<asset>`, whether whoever asks may see that unit; all where None.

    Raises:
        ToolError: nothing was inspected yet, or a record cannot be read.
    """
    import duckdb

    records = records_of(runs)
    if not records.single and not records.lines:
        raise ToolError(f"no inspections are kept in {runs}; inspect something first")
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(MAKE)
    place = len(runs.as_posix().split("/")) + 1
    try:
        for rank, form, files in (
            (0, "auto", records.single),
            (1, "newline_delimited", records.lines),
        ):
            if files:
                connection.execute(READ, [place, rank, files, form])
        if records.lines:
            connection.execute(READ_BATCH, [place, records.lines])
    except duckdb.Error as error:
        connection.close()
        raise ToolError(f"a record cannot be read: {str(error).splitlines()[0]}") from error
    connection.execute(UNITS)
    if may_see is not None:
        refs = [str(row[0]) for row in connection.execute("SELECT ref FROM units").fetchall()]
        hidden = [ref for ref in refs if not may_see(ref)]
        connection.execute("DELETE FROM units WHERE list_contains(?, ref)", [hidden])
    return connection
