"""AUROC of raw scores: of the verdict, and of each expert and mind in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from evals.metrics import Interval
from evals.results.intervals import auroc_interval
from evals.results.records import MACRO, Cell, Results
from evals.runner.rows import MINDS_OWN, Row
from evals.tables.records import Measure

PART = "AUROC"
SOURCES = "AUROC of each source of a verdict's score"
WORST = "AUROC, a sample without an answer counted as wrong as can be"
UNAIDED = "AUROC, degraded samples left out"
Keep = Callable[[Row], Row | None]


def scored(row: Row) -> Row | None:
    """The row where it has a raw score, whoever gave it."""
    return row if row.raw_score is not None else None


def unaided(row: Row) -> Row | None:
    """The row where the mind itself answered."""
    return scored(row) if row.status == "decided" else None


def at_worst(row: Row) -> Row | None:
    """The row; where the mind did not answer, with the score that is worst for it."""
    if row.status == "failed" and row.reason in MINDS_OWN:
        worst = -float("inf") if row.gt_label else float("inf")
        return row.model_copy(update={"raw_score": worst})
    return scored(row)


def measure_auroc(results: Results) -> Iterator[Measure]:
    """By product, the mean over products, and the difference to the suite's baseline.

    Samples without a score take no part here; where some are the mind's own doing a second part
    counts them at worst, and where some are degraded a third one leaves these out.
    """
    yield from _aurocs(results, scored, part=PART)
    tested = [row for cell in results.cells for row in cell.rows]
    if any(row.status == "failed" and row.reason in MINDS_OWN for row in tested):
        yield from _aurocs(results, at_worst, part=WORST)
    if any(row.status == "degraded" for row in tested):
        yield from _aurocs(results, unaided, part=UNAIDED)


def measure_sources(results: Results) -> Iterator[Measure]:
    """The raw score of each expert and mind that took part, and their fusion, by product."""
    for condition in results.conditions:
        cells = results.of_condition(condition)
        names = sorted({name for cell in cells for row in cell.rows for name in row.sources})
        several = len(results.conditions) > 1
        for name in [*names, None]:
            label = "fused" if name is None else name
            method = f"{condition}: {label}" if several else label

            def keep(row: Row, name: str | None = name) -> Row | None:
                return scored(row) if name is None else _of_source(row, name)

            yield from _levels(results, cells, keep, part=SOURCES, method=method)


def _of_source(row: Row, name: str) -> Row | None:
    raw = row.sources.get(name)
    return None if raw is None else row.model_copy(update={"raw_score": raw})


def _aurocs(results: Results, keep: Keep, *, part: str) -> Iterator[Measure]:
    for condition in results.conditions:
        cells = results.of_condition(condition)
        yield from _levels(results, cells, keep, part=part, method=condition)
        if results.suite.baseline and condition != results.suite.baseline:
            yield from _difference(results, condition, keep, part=part)


def _levels(
    results: Results, cells: Sequence[Cell], keep: Keep, *, part: str, method: str
) -> Iterator[Measure]:
    by_material: dict[str, list[list[Row]]] = {}
    for cell in cells:
        by_material.setdefault(cell.material, []).append(_kept(cell, keep))
    usable = {}
    for material, kept in by_material.items():
        interval = auroc_interval(kept, seed=results.manifest.seed)
        if interval is not None:
            usable[material] = kept
            yield _measure(interval, kept, part=part, subject=material, method=method)
    if len(usable) > 1:
        # Draws of one product are averaged before products are.
        every = [rows for kept in usable.values() for rows in kept]
        interval = auroc_interval(every, seed=results.manifest.seed)
        if interval is not None:
            yield _measure(interval, every, part=part, subject=MACRO, method=method)


def _difference(results: Results, condition: str, keep: Keep, *, part: str) -> Iterator[Measure]:
    """To the baseline, on samples that both have a score of."""
    ours, theirs = [], []
    for cell in results.of_condition(condition):
        other = results.cell(results.suite.baseline, cell.material, cell.draw)
        if other is None:
            continue
        first, second = _paired(_kept(cell, keep), _kept(other, keep))
        if len({row.gt_label for row in first}) == 2:
            ours.append(first)
            theirs.append(second)
    interval = auroc_interval(ours, seed=results.manifest.seed, baseline=theirs)
    if interval is not None:
        subject = f"minus {results.suite.baseline}, paired"
        yield _measure(interval, ours, part=part, subject=subject, method=condition)


def _kept(cell: Cell, keep: Keep) -> list[Row]:
    return [kept for row in cell.rows if (kept := keep(row)) is not None]


def _paired(ours: Sequence[Row], theirs: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows of the samples that both have, in one order."""
    others = {row.sample: row for row in theirs}
    kept = [row for row in ours if row.sample in others]
    return kept, [others[row.sample] for row in kept]


def _measure(
    interval: Interval, rows: Sequence[Sequence[Row]], *, part: str, subject: str, method: str
) -> Measure:
    n = sum(len(one) for one in rows)
    return Measure.of(interval, part=part, subject=subject, metric="AUROC", method=method, n=n)
