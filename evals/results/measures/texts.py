"""Answers in words against those that a data set gives: by turn of the conversation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from evals.metrics import mean_interval, rouge_l
from evals.results.intervals import mean_rate_interval
from evals.results.ratings import Rating, read_ratings, turns_of
from evals.results.records import Results, says_of_the_mind
from evals.runner.reading import BETWEEN
from evals.runner.rows import Row
from evals.tables.records import Measure

PART = "answers in words: ROUGE-L"
JUDGED = "answers in words: rated 1 to 10 by a judge"
SENTENCES = "answers in words: Sentence-BERT similarity"
PARTS = {"judge": JUDGED, "sentences": SENTENCES}
ALL_TURNS = "all turns"
OF_REFERENCE = "share of the reference answer's score"

Values = dict[str, list[float]]
"""By turn, and over all turns."""


class Rater(NamedTuple):
    """Who rated, and under which condition the answers came."""

    part: str
    name: str
    condition: str


def measure_texts(results: Results) -> Iterator[Measure]:
    """Mean over samples by turn, and over all turns; a sample without an answer has the least.

    Ratings by a judge and by sentence vectors are told where `loupe eval rate` made some.
    """
    for condition in results.conditions:
        by_turn: Values = defaultdict(list)
        for row in _rows(results, condition):
            for number, likeness in enumerate(likenesses(row), start=1):
                by_turn[f"turn {number}"].append(likeness)
                by_turn[ALL_TURNS].append(likeness)
        for turn, values in sorted(by_turn.items(), reverse=True):
            interval = mean_rate_interval([values], seed=results.manifest.seed)
            if interval is not None:
                yield Measure.of(
                    interval,
                    part=PART,
                    subject=turn,
                    metric="ROUGE-L",
                    method=condition,
                    n=len(values),
                )
    yield from measure_ratings(results)


def measure_ratings(results: Results) -> Iterator[Measure]:
    """Mean scores of each rater; what it could not rate is counted and enters no mean."""
    for rater, ratings in _by_rater(results).items():
        failed = sum(one.score is None for one in ratings)
        told = f"{rater.part}, {rater.name}"
        scores = [(one.turn, one.score) for one in ratings if one.score is not None]
        shares = [
            (one.turn, one.score / one.reference_score)
            for one in ratings
            if one.score is not None and one.reference_score
        ]
        note = f" ({failed} of {len(ratings)} could not be rated)" if failed else ""
        yield from _means(f"{told}{note}", rater.condition, scores, results.manifest.seed)
        yield from _means(
            f"{told}: {OF_REFERENCE}{note}", rater.condition, shares, results.manifest.seed
        )


def _means(
    part: str, condition: str, scores: Iterable[tuple[int, float]], seed: int
) -> Iterator[Measure]:
    by_turn: Values = defaultdict(list)
    for turn, score in scores:
        by_turn[f"turn {turn}"].append(score)
        by_turn[ALL_TURNS].append(score)
    for name, values in sorted(by_turn.items(), reverse=True):
        yield Measure.of(
            mean_interval(values, seed=seed),
            part=part,
            subject=name,
            metric="mean",
            method=condition,
            n=len(values),
        )


def _by_rater(results: Results) -> dict[Rater, list[Rating]]:
    """Ratings of the words that the rows hold now, by who rated and by condition."""
    rated = {
        (row.task, turn.number): (condition, turn.digest)
        for condition in results.conditions
        for row in _rows(results, condition)
        for turn in turns_of(row)
    }
    found: dict[Rater, list[Rating]] = defaultdict(list)
    for one in read_ratings(results.folder):
        condition, digest = rated.get((one.task, one.turn), ("", ""))
        if digest == one.digest:
            found[Rater(PARTS[one.by], one.name, condition)].append(one)
    return found


def _rows(results: Results, condition: str) -> Iterable[Row]:
    return (
        row
        for cell in results.of_condition(condition)
        for row in cell.rows
        if row.expected and says_of_the_mind(row)
    )


def likenesses(row: Row) -> list[float]:
    """ROUGE-L of each turn; 0 for one that has no answer."""
    wanted = row.expected.split(BETWEEN)
    said = row.answer.split(BETWEEN) if row.answered else []
    said += [""] * (len(wanted) - len(said))
    return [rouge_l(one, other) for one, other in zip(wanted, said, strict=False)]
