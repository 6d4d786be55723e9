"""LLaVA's rule with a scripted judge."""

import asyncio
from pathlib import Path

import pytest

from agent.answers import AnswerStore, KeptChat
from agent.purse import Purse
from evals.metrics.judge import RULE, SYSTEM, Judge, UnreadableReviewError, read_scores
from graphs.minds.chat import ChatReply
from graphs.minds.scripted import ScriptedChat
from tools.artifacts import ArtifactFolder


def judge(chat: ScriptedChat | KeptChat, tmp_path: Path) -> Judge:
    return Judge(chat, artifacts=ArtifactFolder(tmp_path))


def test_the_reference_stands_first_as_llava_has_it(tmp_path: Path) -> None:
    chat = ScriptedChat([ChatReply(text="9 6.5\nThe second one misses the dent.")])
    review = asyncio.run(
        judge(chat, tmp_path).review(
            "What is wrong?", reference="A dent.", answer="A stain.", context="A metal lid."
        )
    )
    assert (review.answer_score, review.reference_score) == (6.5, 9.0)
    (request,) = chat.requests
    assert (request.purpose, request.temperature) == ("judge", 0.2)
    assert [message.text for message in request.messages] == [
        SYSTEM,
        "[Context]\nA metal lid.\n\n[Question]\nWhat is wrong?\n\n"
        "[Assistant 1]\nA dent.\n\n[End of Assistant 1]\n\n"
        "[Assistant 2]\nA stain.\n\n[End of Assistant 2]\n\n"
        f"[System]\n{RULE}\n\n",
    ]


def test_both_orders_are_averaged(tmp_path: Path) -> None:
    chat = ScriptedChat([ChatReply(text="8 4\na"), ChatReply(text="6, 9\nb")])
    review = asyncio.run(judge(chat, tmp_path).review_both_ways("Q", reference="R", answer="A"))
    assert (review.answer_score, review.reference_score) == ((4 + 6) / 2, (8 + 9) / 2)
    assert "[Assistant 1]\nA\n" in chat.requests[1].messages[1].text


def test_a_kept_review_is_not_asked_again(tmp_path: Path) -> None:
    chat = ScriptedChat([ChatReply(text="7 7\nAlike.")])
    with AnswerStore(tmp_path / "answers.sqlite") as answers:
        kept = KeptChat(chat, answers=answers, purse=Purse(), run="run")
        asked = judge(kept, tmp_path)
        first, second = (
            asyncio.run(asked.review("Q", reference="R", answer="A")) for _ in range(2)
        )
    assert first == second
    assert len(chat.requests) == 1


def test_a_judge_that_sees_is_shown_the_picture(tmp_path: Path) -> None:
    chat = ScriptedChat([ChatReply(text="5 5")])
    asyncio.run(judge(chat, tmp_path).review("Q", reference="R", answer="A", picture="0" * 64))
    (shown,) = chat.requests[0].messages[1].pictures
    assert shown.artifact == "0" * 64


@pytest.mark.parametrize("review", ["8 9", "8, 9\nwhy", " 8.0  9.0 ", "10 1\n"])
def test_two_scores_in_the_first_line_are_read(review: str) -> None:
    assert all(1 <= score <= 10 for score in read_scores(review))


@pytest.mark.parametrize("review", ["", "The first is better.\n8 9", "8", "8 9 7", "11 5", "0 5"])
def test_a_review_without_two_scores_is_an_error_not_a_number(review: str) -> None:
    with pytest.raises(UnreadableReviewError):
        read_scores(review)
