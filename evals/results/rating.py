"""Rates the answers of a run: by a judge of 1 to 10, by sentence vectors. Knows no measure.

An answer that was not given is not sent to anybody: it has the least score there is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from agent.purse import BudgetSpent
from evals.metrics.judge import SCORES, Judge, Review, UnreadableReviewError
from evals.metrics.similarity import SentenceEncoder, sentence_similarity
from evals.results.ratings import Rating, RatingError, Turn, turns_of
from evals.results.records import Results, says_of_the_mind
from evals.runner.reasons import one_line
from evals.runner.rows import Row
from graphs.minds.chat import ChatFault
from tools.artifacts import ArtifactFolder

NO_ANSWER = "no answer was given"
ATTEMPTS = 3
"""At a judge that does not answer. A review that cannot be read is kept, and told as such."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What judging needs."""

    judge: Judge
    artifacts: ArtifactFolder
    """Where pictures that the judge is shown are kept."""
    both_orders: bool = False
    """Ask a second time with the answers exchanged; scores are then means."""
    shows_picture: bool = False
    concurrency: int = 8
    pause_s: float = 1.0
    """Before another attempt at a server that failed, times the attempts so far."""


class RatedTurn(NamedTuple):
    """One answer that a rater is to see."""

    row: Row
    turn: Turn

    def rating(self, **found: Any) -> Rating:
        """A rating of it."""
        turn = self.turn
        return Rating(task=self.row.task, turn=turn.number, digest=turn.digest, **found)


async def judge_answers(results: Results, bench: Bench) -> list[Rating]:
    """Let a judge rate every answer that has a reference answer.

    Raises:
        RatingError: no row has one, or the budget ends before the answers do.
    """
    rated = rated_turns(results)
    limit = asyncio.Semaphore(bench.concurrency)

    async def one(each: RatedTurn) -> Rating:
        async with limit:
            return await _judged(each, bench)

    try:
        async with asyncio.TaskGroup() as group:
            under_way = [group.create_task(one(each)) for each in rated]
    except* BudgetSpent as spent:
        raise RatingError(
            f"{spent.exceptions[0]}; reviews so far are kept, and the same command with a larger "
            "--max-usd goes on"
        ) from spent
    return [task.result() for task in under_way]


async def _judged(rated: RatedTurn, bench: Bench) -> Rating:
    """A fault of the judge is told, and is no score."""
    by_judge = {"by": "judge", "name": bench.judge.name}
    if not rated.turn.answer:
        return rated.rating(**by_judge, score=SCORES[0], words=NO_ANSWER)
    try:
        review = await _review(rated, bench)
    except (UnreadableReviewError, ChatFault) as fault:
        told = one_line(f"{type(fault).__name__}: {fault}")
        return rated.rating(**by_judge, failure=told)
    return rated.rating(
        **by_judge,
        score=review.answer_score,
        reference_score=review.reference_score,
        words=review.text,
    )


async def _review(rated: RatedTurn, bench: Bench) -> Review:
    """One review.

    Raises:
        ChatFault: the judge does not answer, the last time that it was asked.
    """
    picture = None
    if bench.shows_picture and rated.row.shown:
        picture = await asyncio.to_thread(_kept_picture, Path(rated.row.shown), bench.artifacts)
    for attempt in range(1, ATTEMPTS):
        try:
            return await _asked(rated.turn, bench, picture)
        except ChatFault as fault:
            if not fault.retryable:
                raise
            await asyncio.sleep(fault.retry_after_s or bench.pause_s * attempt)
    return await _asked(rated.turn, bench, picture)


async def _asked(turn: Turn, bench: Bench, picture: str | None) -> Review:
    ask = bench.judge.review_both_ways if bench.both_orders else bench.judge.review
    return await ask(turn.question, reference=turn.expected, answer=turn.answer, picture=picture)


def _kept_picture(path: Path, artifacts: ArtifactFolder) -> str:
    from tools.assets import open_picture

    picture = open_picture(path)
    return artifacts.put(picture.read(picture.window_xyxy))


def compare_sentences(results: Results, encoder: SentenceEncoder, *, name: str) -> list[Rating]:
    """Cosine of the Sentence-BERT vectors of every answer and its reference answer.

    An answer that was not given has the likeness 0.

    Args:
        results: of a run.
        encoder: the model.
        name: the model's, as the figures tell it.

    Raises:
        RatingError: no row has a reference answer.
    """
    rated = rated_turns(results)
    given = [one.turn for one in rated if one.turn.answer]
    expected = [turn.expected for turn in given]
    found = sentence_similarity(expected, [turn.answer for turn in given], encoder=encoder)
    cosines = iter(found.tolist())
    return [
        one.rating(by="sentences", name=name, score=next(cosines) if one.turn.answer else 0.0)
        for one in rated
    ]


def rated_turns(results: Results) -> list[RatedTurn]:
    """Every turn that counts and has a reference answer.

    Raises:
        RatingError: there is none.
    """
    rows = [row for row in results.rows if says_of_the_mind(row)]
    found = [RatedTurn(row, turn) for row in rows for turn in turns_of(row)]
    if not found:
        raise RatingError(
            f"{results.folder}: no row has a reference answer in words, as those of suite "
            "visa-dr-reasoning have; there is nothing to rate"
        )
    return found
