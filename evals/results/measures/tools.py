"""What each tool is worth: everything, against everything without it, sample by sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from evals.metrics import Interval
from evals.results.intervals import auroc_interval, mean_rate_interval
from evals.results.measures.ranking import scored
from evals.results.records import Cell, Results, right, says_of_the_mind
from evals.runner.rows import Row
from evals.tables.records import Measure

AUROC = "benefit of a tool: AUROC with all tools minus without it, paired"
ACCURACY = "benefit of a tool: accuracy with all tools minus without it, paired"
TABLE_FORMAT = "loupe.tool-benefit/1"


class Benefit(NamedTuple):
    """Of one tool on one product."""

    tool: str
    material: str
    n: int
    auroc: Interval | None
    accuracy: Interval | None


def measure_tools(results: Results) -> Iterator[Measure]:
    """By tool and product; below 0 a product is better off without the tool."""
    for one in benefits(results):
        for part, interval in ((AUROC, one.auroc), (ACCURACY, one.accuracy)):
            if interval is not None:
                yield Measure.of(
                    interval,
                    part=part,
                    subject=one.material,
                    metric="benefit",
                    method=one.tool,
                    n=one.n,
                )


def benefits(results: Results) -> list[Benefit]:
    """Of every tool that a condition leaves out, on every product."""
    found = []
    for condition in results.suite.conditions:
        if not condition.without_tool:
            continue
        for cell in results.of_condition(condition.name):
            whole = results.cell(results.suite.baseline, cell.material, cell.draw)
            if whole is not None and cell.draw == 0:
                found.append(_benefit(condition.without_tool, cell, whole, results.manifest.seed))
    return found


def _benefit(tool: str, without: Cell, whole: Cell, seed: int) -> Benefit:
    lacking = {row.sample: row for row in without.rows}
    pairs = [
        (row, lacking[row.sample])
        for row in whole.rows
        if row.sample in lacking and says_of_the_mind(row) and says_of_the_mind(lacking[row.sample])
    ]
    ranked = [(a, b) for a, b in pairs if scored(a) and scored(b)]
    ours, theirs = [a for a, _ in ranked], [b for _, b in ranked]
    accuracy = mean_rate_interval(
        [_hits([a for a, _ in pairs])], seed=seed, baseline=[_hits([b for _, b in pairs])]
    )
    return Benefit(
        tool,
        without.material,
        len(pairs),
        auroc_interval([ours], seed=seed, baseline=[theirs]),
        accuracy,
    )


def _hits(rows: list[Row]) -> list[float]:
    return [float(right([row]) == [True]) for row in rows]


def tool_table(results: Results) -> dict[str, Any]:
    """The table that `loupe eval run --tool-table` reads: which tools are off for which product.

    A tool is off for a product that is better off without it: where one of the two intervals lies
    below 0 and none above.
    """
    found = benefits(results)
    off: dict[str, list[str]] = {}
    for one in found:
        known = [interval for interval in (one.auroc, one.accuracy) if interval is not None]
        helps = any(interval.low > 0 for interval in known)
        if not helps and any(interval.high < 0 for interval in known):
            off.setdefault(one.material, []).append(one.tool)
    rows = [
        {
            "tool": one.tool,
            "product": one.material,
            "n": one.n,
            "auroc": one.auroc,
            "accuracy": one.accuracy,
        }
        for one in found
    ]
    return {"format": TABLE_FORMAT, "off": off, "benefits": rows}
