"""What raters are asked, and what becomes of answers that were not given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from agent.answers import AnswerStore, KeptChat
from agent.purse import Purse
from evals.metrics.judge import Judge
from evals.results.rating import Bench, compare_sentences, judge_answers
from evals.results.ratings import RatingError, read_ratings, write_ratings
from evals.results.records import Results
from evals.runner.reading import BETWEEN
from evals.runner.rows import Row
from graphs.minds.chat import ChatFault, ChatReply
from graphs.minds.scripted import ScriptedChat
from tools.arrays import Float32Array
from tools.artifacts import ArtifactFolder

MakeRow = Callable[..., Row]
MakeResults = Callable[..., Results]
WORDS = ("pin", "bent", "burnt")


class CountsWords:
    """Vectors of which words occur, of unit length."""

    def encode(self, texts: Sequence[str]) -> Float32Array:
        counts = np.array([[word in text for word in WORDS] for text in texts], dtype=np.float32)
        return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True))


def _bench(chat: ScriptedChat | KeptChat, folder: Path) -> Bench:
    artifacts = ArtifactFolder(folder)
    return Bench(judge=Judge(chat, artifacts=artifacts), artifacts=artifacts, pause_s=0.0)


def test_sentences_are_compared_turn_by_turn_and_no_answer_has_likeness_0(
    row: MakeRow, results: MakeResults
) -> None:
    two_turns = row("s1", asked=f"a{BETWEEN}b", expected=f"bent pin{BETWEEN}burnt", answer="pin")
    silent = row("s2", asked="a", expected="pin", status="failed", reason="refused", decision=None)
    broken = row("s3", expected="pin", status="failed", reason="instrument_failed", decision=None)

    found = compare_sentences(
        results([two_turns, silent, broken]), CountsWords(), name="counts words"
    )

    # [1, 1, 0] and [1, 0, 0]: the cosine is 1 / sqrt(2). What the instrument failed at is left out.
    assert [one.score for one in found] == pytest.approx([0.5**0.5, 0.0, 0.0])
    assert [(one.task[-2:], one.turn) for one in found] == [("s1", 1), ("s1", 2), ("s2", 1)]


def test_a_judge_that_was_not_reached_is_asked_again_and_a_refusal_is_a_failure(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    busy = ChatFault("rate_limited", "too many", retryable=True)
    chat = ScriptedChat(
        [busy, ChatReply(text="9 3\nNo."), ChatFault("refusal", "no", retryable=False)]
    )
    rows = [row("s1", expected="pin", answer="chip"), row("s2", expected="pin", answer="bent")]
    bench = _bench(chat, tmp_path)

    found = asyncio.run(judge_answers(results(rows[:1]), bench))
    found += asyncio.run(judge_answers(results(rows[1:]), bench))

    assert [(one.score, one.reference_score) for one in found] == [(3.0, 9.0), (None, None)]
    assert found[1].failure == "ChatFault: no"


def test_an_answer_that_was_not_given_costs_no_call_and_has_the_least_score(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    chat = ScriptedChat([])
    silent = row("s1", expected="pin", status="failed", reason="refused", decision=None)

    (found,) = asyncio.run(judge_answers(results([silent]), _bench(chat, tmp_path)))

    assert (found.score, chat.requests) == (1.0, [])


def test_a_spent_budget_keeps_the_reviews_so_far(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    dear = [ChatReply(text="8 4\nDear.", cost_usd=1.0) for _ in range(3)]
    rows = [row(f"s{n}", expected="pin", answer=f"chip {n}") for n in range(3)]
    with AnswerStore(tmp_path / "answers.sqlite") as answers:
        chat = KeptChat(ScriptedChat(dear), answers=answers, purse=Purse(1.0), run="r")
        with pytest.raises(RatingError, match="larger --max-usd"):
            asyncio.run(judge_answers(results(rows), _bench(chat, tmp_path)))
        assert len(answers) == 1


def test_ratings_of_another_rater_stay(row: MakeRow, results: MakeResults, tmp_path: Path) -> None:
    run = results([row("s1", expected="pin", answer="pin")])
    for name in ("one", "other", "one"):
        write_ratings(tmp_path, compare_sentences(run, CountsWords(), name=name))

    assert sorted(one.name for one in read_ratings(tmp_path)) == ["one", "other"]
