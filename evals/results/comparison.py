"""Two runs on the same samples: what differs, with intervals, and which samples flipped.

Runs nothing. Where a suite asks a set's own questions, each question is a sample of its own, and
what counts is the choice, or the likeness to the reference answer.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from evals.metrics import Interval
from evals.results.intervals import auroc_interval, mean_rate_interval, mean_share_interval
from evals.results.measures.texts import likenesses
from evals.results.records import MACRO, Cell, Results, forced_label, says_of_the_mind
from evals.runner.rows import Row
from evals.suites.records import Reads
from evals.tables.records import Measure
from tools.errors import SettingsError

AUROC, ACCURACY, LIKENESS = "AUROC", "accuracy", "ROUGE-L"


class Flip(NamedTuple):
    """A sample whose label is another one in the second run."""

    material: str
    sample: str
    gt_label: int
    before: str
    after: str
    mended: bool
    """Whether the second run is right."""


class Pair(NamedTuple):
    """Rows of the samples that both runs have of one product, in one order."""

    material: str
    ours: list[Row]
    theirs: list[Row]
    reads: Reads | None = None
    """How answers of a prompt are read; None where verdicts are compared."""


def pairs_of(
    first: Results, second: Results, *, condition: str | None = None, other: str | None = None
) -> list[Pair]:
    """The samples that two runs share.

    Args:
        first: a run.
        second: the run that is compared with it.
        condition: of the first; its baseline, or its only one, where None.
        other: of the second; the same.

    Raises:
        SettingsError: a condition is none, or the runs share no sample.
    """
    here, there = _condition(first, condition), _condition(second, other)
    cells = {(cell.material, cell.draw): cell for cell in second.of_condition(there)}
    reads = _reads(first, here)
    pairs = [
        _paired(cell, cells[cell.material, cell.draw], reads)
        for cell in first.of_condition(here)
        if (cell.material, cell.draw) in cells
    ]
    pairs = [pair for pair in pairs if pair.ours]
    if not pairs:
        raise SettingsError(
            f"{first.folder} ({here}) and {second.folder} ({there}) share no sample; compare runs "
            "on the same data set, seed and references"
        )
    return pairs


def _condition(results: Results, named: str | None) -> str:
    if named is None:
        baseline = results.suite.baseline
        return baseline if baseline in results.conditions else results.conditions[0]
    if named not in results.conditions:
        raise SettingsError(
            f"{results.folder} has no condition {named!r}; there are "
            f"{', '.join(map(repr, results.conditions))}"
        )
    return named


def _reads(results: Results, condition: str) -> Reads | None:
    (one,) = (one for one in results.suite.conditions if one.name == condition)
    asking = results.suite.asked(one)
    return None if asking is None or results.suite.method(one) != "bare_model" else asking.reads


def _paired(cell: Cell, other: Cell, reads: Reads | None) -> Pair:
    """A sample that is asked several questions has a row for each."""
    theirs = {(row.sample, row.asked): row for row in other.rows}
    ours = [row for row in cell.rows if (row.sample, row.asked) in theirs]
    return Pair(cell.material, ours, [theirs[row.sample, row.asked] for row in ours], reads)


def compare(pairs: Sequence[Pair], *, names: tuple[str, str], seed: int) -> list[Measure]:
    """Both runs and their difference (second minus first) on the samples that both have.

    Args:
        pairs: see `pairs_of`.
        names: of the runs.
        seed: of the resampling of samples, both runs together.
    """
    if pairs[0].reads == "text":
        return list(_likenesses(pairs, names, seed))
    return [*_aurocs(pairs, names, seed), *_accuracies(pairs, names, seed)]


def _aurocs(pairs: Sequence[Pair], names: tuple[str, str], seed: int) -> Iterator[Measure]:
    scored = [_scored(pair) for pair in pairs]
    scored = [pair for pair in scored if len({row.gt_label for row in pair.ours}) == 2]
    for subject, kept in _subjects(scored):
        ours, theirs = [pair.ours for pair in kept], [pair.theirs for pair in kept]
        intervals = (
            auroc_interval(ours, seed=seed),
            auroc_interval(theirs, seed=seed),
            auroc_interval(theirs, seed=seed, baseline=ours),
        )
        n = sum(len(rows) for rows in ours)
        yield from _three(AUROC, subject, names, intervals, n)


def _accuracies(pairs: Sequence[Pair], names: tuple[str, str], seed: int) -> Iterator[Measure]:
    counted = [pair for pair in map(_counted, pairs) if pair.ours]
    for subject, kept in _subjects(counted):
        ours = [[_is_right(row, pair.reads) for row in pair.ours] for pair in kept]
        theirs = [[_is_right(row, pair.reads) for row in pair.theirs] for pair in kept]
        intervals = (
            mean_share_interval(ours, seed=seed),
            mean_share_interval(theirs, seed=seed),
            mean_rate_interval(theirs, seed=seed, baseline=ours),
        )
        n = sum(len(hits) for hits in ours)
        yield from _three(ACCURACY, subject, names, intervals, n)


def _likenesses(pairs: Sequence[Pair], names: tuple[str, str], seed: int) -> Iterator[Measure]:
    """Of answers in words: the mean over the turns of each conversation."""
    counted = [pair for pair in map(_counted, pairs) if pair.ours]
    for subject, kept in _subjects(counted):
        ours = [[fmean(likenesses(row)) for row in pair.ours] for pair in kept]
        theirs = [[fmean(likenesses(row)) for row in pair.theirs] for pair in kept]
        intervals = (
            mean_rate_interval(ours, seed=seed),
            mean_rate_interval(theirs, seed=seed),
            mean_rate_interval(theirs, seed=seed, baseline=ours),
        )
        n = sum(len(values) for values in ours)
        yield from _three(LIKENESS, subject, names, intervals, n)


def _subjects(pairs: Sequence[Pair]) -> list[tuple[str, Sequence[Pair]]]:
    """Each product, and all of them where there are several."""
    subjects: list[tuple[str, Sequence[Pair]]] = [(pair.material, [pair]) for pair in pairs]
    return [*subjects, (MACRO, pairs)] if len(pairs) > 1 else subjects


def _is_right(row: Row, reads: Reads | None) -> bool:
    """No answer is wrong, as a wrong one is."""
    if reads == "choice":
        return row.answered and row.answer == row.expected
    return forced_label(row) == row.gt_label


def _three(
    part: str,
    subject: str,
    names: tuple[str, str],
    intervals: Sequence[Interval | None],
    n: int,
) -> Iterator[Measure]:
    methods = (*names, f"{names[1]} minus {names[0]}, paired")
    for method, interval in zip(methods, intervals, strict=True):
        if interval is not None:
            yield Measure.of(interval, part=part, subject=subject, metric=part, method=method, n=n)


def _scored(pair: Pair) -> Pair:
    kept = [
        (ours, theirs)
        for ours, theirs in zip(pair.ours, pair.theirs, strict=True)
        if ours.raw_score is not None and theirs.raw_score is not None
    ]
    return pair._replace(ours=[one for one, _ in kept], theirs=[other for _, other in kept])


def _counted(pair: Pair) -> Pair:
    kept = [
        (ours, theirs)
        for ours, theirs in zip(pair.ours, pair.theirs, strict=True)
        if says_of_the_mind(ours) and says_of_the_mind(theirs)
    ]
    return pair._replace(ours=[one for one, _ in kept], theirs=[other for _, other in kept])


def flips_of(pairs: Sequence[Pair]) -> list[Flip]:
    """Samples whose label, or choice, differs; those that became wrong first.

    Failures are told as such. Answers in words do not flip.
    """
    found = [
        Flip(
            material=pair.material,
            sample=ours.sample,
            gt_label=ours.gt_label,
            before=_told(ours, pair.reads),
            after=_told(theirs, pair.reads),
            mended=_is_right(theirs, pair.reads),
        )
        for pair in pairs
        for ours, theirs in zip(pair.ours, pair.theirs, strict=True)
        if _label(ours, pair.reads) != _label(theirs, pair.reads)
    ]
    return sorted(found, key=lambda flip: (flip.mended, flip.material, flip.sample))


def _label(row: Row, reads: Reads | None) -> str | int | None:
    if reads == "text":
        return None
    return row.answer if reads == "choice" else forced_label(row)


def _told(row: Row, reads: Reads | None) -> str:
    if row.reason is not None and row.status == "failed":
        return row.reason.replace("_", " ")
    if reads != "choice" and row.decision == "review":
        return "review, no score" if row.score is None else f"review at {row.score:.2f}"
    return (row.answer if reads == "choice" else row.decision) or "no decision"


def write_flips(flips: Sequence[Flip], path: Path) -> None:
    """All of them as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(Flip._fields)
        writer.writerows(flips)
