"""How near answers in words are to the data set's own: ROUGE-L, by turn of the conversation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from evals.metrics.texts import rouge_l
from evals.results.intervals import mean_rate_interval
from evals.results.records import Results, says_of_the_mind
from evals.runner.reading import BETWEEN
from evals.runner.rows import Row
from evals.tables.records import Measure

PART = "answers in words: ROUGE-L"


def measure_texts(results: Results) -> Iterator[Measure]:
    """Mean over samples by turn, and over all turns; a sample without an answer counts 0."""
    for condition in results.conditions:
        by_turn: dict[str, list[float]] = defaultdict(list)
        for cell in results.of_condition(condition):
            for row in cell.rows:
                if row.expected and says_of_the_mind(row):
                    for number, likeness in enumerate(likenesses(row), start=1):
                        by_turn[f"turn {number}"].append(likeness)
                        by_turn["all turns"].append(likeness)
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


def likenesses(row: Row) -> list[float]:
    """ROUGE-L of each turn; 0 for one that has no answer."""
    wanted = row.expected.split(BETWEEN)
    said = row.answer.split(BETWEEN) if row.answered else []
    said += [""] * (len(wanted) - len(said))
    return [rouge_l(one, other) for one, other in zip(wanted, said, strict=False)]
