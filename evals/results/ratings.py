"""Ratings of a run's answers by a judge or by sentence vectors, in a file beside its rows.

Knows no judge and no encoder. A rating belongs to the words that were rated: where a row says
something else by now, it counts no longer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import ValidationError

from evals.runner.reading import BETWEEN
from evals.runner.rows import Row
from tools.errors import LoupeError
from tools.records import Record

FILE = "ratings.jsonl"


class RatingError(LoupeError):
    """A run's answers cannot be rated, or its ratings not be read."""


class Turn(NamedTuple):
    """One question of a row, its reference answer, and what was answered."""

    number: int
    """From 1."""
    question: str
    expected: str
    answer: str
    """Empty where there is none."""

    @property
    def digest(self) -> str:
        """Of all that is rated."""
        said = BETWEEN.join((self.question, self.expected, self.answer))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


class Rating(Record):
    """What was found of one answer: one line of `ratings.jsonl`."""

    format: Literal["loupe.rating/1"] = "loupe.rating/1"
    task: str
    turn: int
    digest: str
    """Of the question, the reference answer and the answer."""
    by: Literal["judge", "sentences"]
    name: str
    """Of the model that rated."""
    score: float | None = None
    """Judge: 1 to 10; sentences: cosine. None where the rating failed."""
    reference_score: float | None = None
    """Judge: of the reference answer in the same review."""
    failure: str = ""
    """Why there is no score; the rater's doing, not the answer's."""
    words: str = ""
    """The judge's."""


def turns_of(row: Row) -> Iterator[Turn]:
    """The turns of a row that have a reference answer."""
    wanted = row.expected.split(BETWEEN)
    asked = _filled(row.asked.split(BETWEEN), len(wanted))
    said = _filled(row.answer.split(BETWEEN) if row.answered else [], len(wanted))
    for number, (question, expected, answer) in enumerate(
        zip(asked, wanted, said, strict=True), start=1
    ):
        if expected:
            yield Turn(number, question, expected, answer)


def _filled(texts: Sequence[str], n: int) -> list[str]:
    return [*texts[:n], *[""] * (n - len(texts))]


def read_ratings(folder: Path) -> list[Rating]:
    """The ratings of a run; none where nobody rated it.

    Raises:
        RatingError: a line is no rating; names it.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [_rating(path, number, line) for number, line in enumerate(lines, start=1) if line]


def _rating(path: Path, number: int, line: str) -> Rating:
    try:
        return Rating.model_validate_json(line)
    except ValidationError as error:
        raise RatingError(
            f"{path} line {number} is no rating ({error.errors()[0]['msg']}); remove the file and "
            "rate the run again, kept reviews cost nothing"
        ) from error


def write_ratings(folder: Path, ratings: Iterable[Rating]) -> None:
    """Write the ratings of a run; those of other raters stay, those of the same are replaced."""
    from agent.run_folder import write_atomically

    fresh = list(ratings)
    raters = {(one.by, one.name) for one in fresh}
    kept = [one for one in read_ratings(folder) if (one.by, one.name) not in raters]
    text = "".join(f"{one.model_dump_json()}\n" for one in (*kept, *fresh))
    write_atomically(folder / FILE, text.encode())
