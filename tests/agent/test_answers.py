"""Kept answers: asked once, paid once, whoever asks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.answers import AnswerError, AnswerStore, KeptChat, is_refusal
from agent.purse import BudgetSpent, Purse
from graphs.minds.chat import ChatFault, ChatReply, ChatRequest, Message
from graphs.minds.scripted import ScriptedChat
from tools.artifacts import ArtifactFolder


def _request(text: str) -> ChatRequest:
    return ChatRequest(purpose="direct", messages=[Message(role="user", text=text)])


def _reply(text: str, *, usd: float = 0.25) -> ChatReply:
    return ChatReply(text=text, cost_usd=usd, seconds=3.0)


def _kept(chat: ScriptedChat, store: AnswerStore, **more: object) -> KeptChat:
    given = {"purse": Purse(), "run": "r", "place": "here", **more}
    return KeptChat(chat, answers=store, **given)  # type: ignore[arg-type]


def _ask(kept: KeptChat, text: str, folder: Path) -> ChatReply:
    return asyncio.run(kept.complete(_request(text), artifacts=ArtifactFolder(folder)))


def test_the_same_question_is_asked_once_also_in_another_process(tmp_path: Path) -> None:
    chat = ScriptedChat([_reply("one"), _reply("two")])
    with AnswerStore(tmp_path / "a.sqlite") as store:
        first = _ask(_kept(chat, store), "q", tmp_path)
    with AnswerStore(tmp_path / "a.sqlite") as store:
        again = _ask(_kept(chat, store), "q", tmp_path)
        assert store.paid("r") == (1, 0.25, 0.25)
    assert (first.text, again.text) == ("one", "one")
    # Who paid was told the price and the time; nobody is told them twice.
    assert (again.cost_usd, again.seconds) == (0.0, 0.0)
    assert len(chat.requests) == 1


@pytest.mark.parametrize("other", [{"place": "there"}, {"take": 1}])
def test_another_server_or_another_take_is_another_question(
    tmp_path: Path, other: dict[str, object]
) -> None:
    chat = ScriptedChat([_reply("one"), _reply("two")])
    with AnswerStore(tmp_path / "a.sqlite") as store:
        _ask(_kept(chat, store), "q", tmp_path)
        assert _ask(_kept(chat, store, **other), "q", tmp_path).text == "two"


def test_refusals_are_paid_for_and_not_kept(tmp_path: Path) -> None:
    chat = ScriptedChat([_reply("I'm sorry, I can't help with that."), _reply("No.")])
    with AnswerStore(tmp_path / "a.sqlite") as store:
        kept = _kept(chat, store)
        _ask(kept, "q", tmp_path)
        assert len(store) == 0
        assert _ask(kept, "q", tmp_path).text == "No."
        assert store.paid("r") == (2, 0.5, 0.25)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("I'm sorry, I can't assist with that.", True),
        ("No, I am unable to identify any defect.", False),
        ('{"reasoning": "I cannot see it", "correctness": 1}', False),
        ("Yes, it is scratched.", False),
    ],
)
def test_an_answer_that_says_what_it_cannot_see_is_no_refusal(text: str, refusal: bool) -> None:
    assert is_refusal(ChatReply(text=text)) is refusal


def test_a_fault_is_not_kept(tmp_path: Path) -> None:
    chat = ScriptedChat([ChatFault("timeout", "late", retryable=True), _reply("one")])
    with AnswerStore(tmp_path / "a.sqlite") as store:
        kept = _kept(chat, store)
        with pytest.raises(ChatFault, match="late"):
            _ask(kept, "q", tmp_path)
        assert _ask(kept, "q", tmp_path).text == "one"


def test_offline_nobody_is_asked(tmp_path: Path) -> None:
    chat = ScriptedChat([_reply("one")])
    with AnswerStore(tmp_path / "a.sqlite") as store:
        with pytest.raises(ChatFault, match="no kept answer"):
            _ask(_kept(chat, store, offline=True), "q", tmp_path)
        _ask(_kept(chat, store), "q", tmp_path)
        assert _ask(_kept(chat, store, offline=True), "q", tmp_path).text == "one"
    assert len(chat.requests) == 1


def test_a_kept_answer_is_given_though_the_budget_is_spent(tmp_path: Path) -> None:
    chat = ScriptedChat([_reply("one"), _reply("two")])
    with AnswerStore(tmp_path / "a.sqlite") as store:
        kept = _kept(chat, store, purse=Purse(max_usd=0.3))
        _ask(kept, "q", tmp_path)
        assert _ask(kept, "q", tmp_path).text == "one"
        with pytest.raises(BudgetSpent, match=r"budget of 0.3 US dollars is spent \(0.2500 used\)"):
            _ask(kept, "another", tmp_path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_text("no database, and long enough to be looked at " * 20)
    with pytest.raises(AnswerError, match=r"a.sqlite: answers cannot be kept there"):
        AnswerStore(path)
