"""Numbers that papers printed, and whether a run of ours may stand beside them. Runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from tools.records import Record

FILE = Path(__file__).parent / "published.yaml"


class Published(Record):
    """One printed table."""

    title: str
    source: str
    data: list[str]
    """Data sets, whole, that its numbers are of."""
    suites: list[str]
    """Suites that follow its protocol."""
    columns: list[str]
    rows: dict[str, list[float | None]]
    """By method; in the table's own unit."""
    measure: str
    """The part of our tables that stands for it."""
    warning: str = ""
    """Told beside it always: where its protocol is unclear, or its numbers cannot be."""
    impossible: bool = False
    """Whether some of its numbers contradict each other."""


TABLES: TypeAdapter[dict[str, list[Published]]] = TypeAdapter(dict[str, list[Published]])


@cache
def _all() -> dict[str, list[Published]]:
    return TABLES.validate_python(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def published_for(key: str) -> list[Published]:
    """The tables of an entry; none where there is no such entry."""
    return _all().get(key, [])


def differences(
    table: Published, *, suite: str, data: Sequence[str], limit: int, reads_prompts: bool = True
) -> list[str]:
    """Why a run may not stand beside a printed table, a sentence each; none where it may.

    Args:
        table: as printed.
        suite: that was run.
        data: data sets that it ran on.
        limit: of samples for each product; 0 means all.
        reads_prompts: False where verdicts answered what the prompts ask.
    """
    found = []
    if suite not in table.suites:
        found.append(f"Another protocol: the suite is {suite}, not {' or '.join(table.suites)}.")
    if not reads_prompts:
        found.append("No prompt was read: verdicts of the embedded mind stand for the answers.")
    ours = sorted({name.partition("/")[0] for name in data})
    if ours != sorted(table.data):
        found.append(f"Other data: {', '.join(ours)} here, {', '.join(table.data)} there.")
    elif any("/" in name for name in data):
        found.append("Some products only.")
    if limit:
        found.append(f"At most {limit} samples of each product.")
    return found
