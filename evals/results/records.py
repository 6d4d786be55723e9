"""A finished or half finished run as measures see it: cells of rows. Knows no metric."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from agent.result_log import FILE, read_rows
from evals.runner.manifest import Manifest, read_manifest
from evals.runner.rows import MINDS_OWN, Row
from evals.suites.records import Suite

MACRO = "macro mean"
"""Subject of figures that are means over products, each of the same weight."""
POOLED = "pooled"
"""Subject of figures over all samples of all products."""


class Cell(NamedTuple):
    """The rows of one product and draw under one condition."""

    condition: str
    material: str
    draw: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Results:
    """All rows of a run, and what was asked."""

    folder: Path
    manifest: Manifest
    rows: tuple[Row, ...]

    @property
    def suite(self) -> Suite:
        """The protocol."""
        return self.manifest.suite

    @cached_property
    def conditions(self) -> list[str]:
        """Those that were run, in the suite's order."""
        return list(dict.fromkeys(one.condition for one in self.manifest.planned))

    @cached_property
    def materials(self) -> list[str]:
        """Products, in the order of the data sets."""
        return list(dict.fromkeys(one.material for one in self.manifest.planned))

    @cached_property
    def cells(self) -> list[Cell]:
        """Test rows of the first repeat: one for each condition, product and draw that has rows."""
        return list(self._cells())

    def cell(self, condition: str, material: str, draw: int = 0) -> Cell | None:
        """One of them; None where it has no rows."""
        found = (
            c
            for c in self.cells
            if (c.condition, c.material, c.draw) == _key(condition, material, draw)
        )
        return next(found, None)

    def of_condition(self, condition: str) -> list[Cell]:
        """The cells of a condition."""
        return [cell for cell in self.cells if cell.condition == condition]

    def n_undone(self, condition: str, material: str) -> int:
        """Samples that have no row: the budget did not allow them, or the run is not at its end."""
        planned = sum(
            one.n
            for one in self.manifest.planned
            if (one.condition, one.material) == (condition, material)
        )
        done = sum(row.condition == condition and material_of(row) == material for row in self.rows)
        return planned - done

    def _cells(self) -> Iterator[Cell]:
        kept: dict[tuple[str, str, int], list[Row]] = defaultdict(list)
        for row in self.rows:
            if row.role == "test" and row.repeat == 0:
                kept[row.condition, material_of(row), row.draw].append(row)
        for condition in self.conditions:
            for material in self.materials:
                draws = sorted(d for c, m, d in kept if (c, m) == (condition, material))
                for draw in draws:
                    rows = sorted(kept[condition, material, draw], key=lambda row: row.sample)
                    yield Cell(condition, material, draw, tuple(rows))


def _key(condition: str, material: str, draw: int) -> tuple[str, str, int]:
    return condition, material, draw


def load_results(folder: Path) -> Results:
    """The run in a folder, as far as it has come.

    Raises:
        ManifestError: there is none.
        ResultError: its rows cannot be read.
    """
    latest = {row.task: row for row in read_rows(folder / FILE, Row)}
    rows = tuple(latest[task] for task in sorted(latest))
    return Results(folder, read_manifest(folder), rows)


def material_of(row: Row) -> str:
    """`set` or `set/product`."""
    return f"{row.data_set}/{row.product}" if row.product else row.data_set


def forced_label(row: Row) -> int | None:
    """What a row says were review no choice; None where it says nothing.

    A review is read by the calibrated score, anomalous from one half on.
    """
    if row.decision == "anomalous":
        return 1
    if row.decision == "normal":
        return 0
    return None if row.score is None else int(row.score >= 0.5)


def says_of_the_mind(row: Row) -> bool:
    """Whether a row counts where answers are counted: all but what the instrument failed at."""
    return row.status != "failed" or row.reason in MINDS_OWN


def right(rows: Sequence[Row]) -> list[bool]:
    """For each row that counts, whether its label is right; no answer of the mind is wrong."""
    return [forced_label(row) == row.gt_label for row in rows if says_of_the_mind(row)]
