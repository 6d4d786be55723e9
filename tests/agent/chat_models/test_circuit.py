"""A model that only fails is left alone, tried again, and used when it answers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.chat_models.circuit import Circuit, CircuitBreaker
from graphs.minds.chat import ChatFault, ChatReply, ChatRequest, FaultKind
from graphs.minds.scripted import ScriptedChat
from tools.artifacts import ArtifactFolder

REQUEST = ChatRequest(purpose="look", messages=[])


def fault(kind: FaultKind) -> ChatFault:
    return ChatFault(kind, f"a {kind}", retryable=True)


class Asked:
    """Asks a breaker around a script, with a clock that stands still."""

    def __init__(self, folder: Path, *replies: ChatReply | ChatFault) -> None:
        self.now = 0.0
        self.told: list[str] = []
        self.artifacts = ArtifactFolder(folder)
        script = ScriptedChat(list(replies))
        self.breaker = CircuitBreaker(
            script, circuit=Circuit(2, 10), tell=self.told.append, clock=lambda: self.now
        )

    def __call__(self) -> str:
        try:
            asked = self.breaker.complete(REQUEST, artifacts=self.artifacts)
            return asyncio.run(asked).text
        except ChatFault as failed:
            return failed.message


def test_two_faults_in_a_row_open_it_and_an_answer_after_the_pause_closes_it(
    tmp_path: Path,
) -> None:
    down = fault("server_error")
    ask = Asked(tmp_path, down, down, ChatReply(text="well"), ChatReply(text="again"))

    said = [ask(), ask(), ask()]
    ask.now = 10.0
    said += [ask(), ask()]

    refused = "scripted is not asked: 2 requests in a row failed, and it is tried again in 10 s"
    assert said == ["a server_error", "a server_error", refused, "well", "again"]
    assert [line.split(":")[0] for line in ask.told] == ["scripted", "scripted answers again"]


def test_a_try_that_fails_begins_the_pause_anew(tmp_path: Path) -> None:
    ask = Asked(tmp_path, *[fault("timeout")] * 3, ChatReply(text="well"))
    ask(), ask()

    ask.now = 10.0
    assert ask() == "a timeout"
    ask.now = 19.0
    assert "tried again in 1 s" in ask()
    assert len(ask.told) == 1


def test_an_answer_between_faults_counts_anew(tmp_path: Path) -> None:
    ask = Asked(tmp_path, fault("timeout"), ChatReply(text="well"), fault("timeout"))

    assert [ask(), ask(), ask()] == ["a timeout", "well", "a timeout"]
    assert ask.told == []


@pytest.mark.parametrize("kind", ["refusal", "unreadable", "truncated", "refused_request"])
def test_a_fault_of_one_request_never_opens_it(tmp_path: Path, kind: FaultKind) -> None:
    ask = Asked(tmp_path, *[fault(kind)] * 4)

    assert [ask() for _ in range(4)] == [f"a {kind}"] * 4


def test_a_server_that_asks_to_wait_neither_opens_nor_closes_it(tmp_path: Path) -> None:
    busy = [ChatFault("rate_limited", "busy", retryable=True) for _ in range(4)]
    busy += [ChatFault("server_error", "busy", retryable=True, retry_after_s=1.0)]
    down = fault("timeout")
    ask = Asked(tmp_path, *busy, down, busy[0], down, ChatReply(text="never"))

    assert [ask() for _ in range(8)][:5] == ["busy"] * 5
    assert ask.breaker.is_open
    assert "is not asked" in ask()


def test_a_quota_that_is_spent_opens_it(tmp_path: Path) -> None:
    ask = Asked(tmp_path, *[ChatFault("rate_limited", "spent", retryable=False)] * 2)

    assert [ask(), ask()] == ["spent", "spent"]
    assert ask.breaker.is_open


async def test_while_one_tries_nobody_else_does(tmp_path: Path) -> None:
    class Slow:
        name, calls_tools = "slow", True

        def __init__(self) -> None:
            self.n = 0
            self.let_go = asyncio.Event()

        async def complete(self, request: ChatRequest, *, artifacts: object) -> ChatReply:
            self.n += 1
            if self.n <= 2:
                raise fault("connection")
            await self.let_go.wait()
            return ChatReply(text="well")

    slow, artifacts = Slow(), ArtifactFolder(tmp_path)
    breaker = CircuitBreaker(slow, circuit=Circuit(2, 0))
    for _ in range(2):
        with pytest.raises(ChatFault, match="a connection"):
            await breaker.complete(REQUEST, artifacts=artifacts)

    trying = asyncio.create_task(breaker.complete(REQUEST, artifacts=artifacts))
    await asyncio.sleep(0)
    with pytest.raises(ChatFault, match="is tried again now"):
        await breaker.complete(REQUEST, artifacts=artifacts)
    slow.let_go.set()

    assert (await trying).text == "well"
    assert slow.n == 3
