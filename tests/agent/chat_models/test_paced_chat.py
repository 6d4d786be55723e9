"""Calls go in their order, no more at once than the server takes, and wait where it asks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.chat_models.adaptive_limit import AdaptiveLimit
from agent.chat_models.circuit import Circuit, CircuitBreaker
from agent.chat_models.paced_chat import CallCounts, PacedChat, pace_of
from graphs.minds.chat import ChatFault, ChatReply, ChatRequest, FaultKind, Message
from graphs.minds.scripted import ScriptedChat
from tools.artifacts import ArtifactFolder

BUSY = ChatFault("rate_limited", "busy", retryable=True, retry_after_s=7.0, status=429)


def asked(text: str) -> ChatRequest:
    return ChatRequest(purpose="look", messages=[Message(role="user", text=text)])


class Bench:
    """A paced script, with a clock that only sleeping moves."""

    def __init__(self, folder: Path, *lines: ChatReply | ChatFault, most: int = 4) -> None:
        self.now = 100.0
        self.slept: list[float] = []
        self.told: list[str] = []
        self.script = ScriptedChat(list(lines))
        self.artifacts = ArtifactFolder(folder)
        self.limit = AdaptiveLimit(most)
        self.chat = PacedChat(
            self.script,
            limit=self.limit,
            tell=self.told.append,
            clock=lambda: self.now,
            sleep=self.sleep,
            draw=lambda: 0.5,
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    async def ask(self, *texts: str) -> Sequence[ChatReply | BaseException]:
        calls = [self.chat.complete(asked(text), artifacts=self.artifacts) for text in texts]
        return await asyncio.gather(*calls, return_exceptions=True)


async def test_what_one_call_is_asked_to_wait_all_wait(tmp_path: Path) -> None:
    bench = Bench(tmp_path, BUSY, ChatReply(text="well"))

    first = await bench.ask("a")
    then = await bench.ask("b")

    assert first == [BUSY]
    assert then == [ChatReply(text="well")]
    assert bench.slept == [7.0]
    assert bench.told == ["scripted: the server takes no more for now; all wait 7 s"]
    assert (bench.limit.lowest, bench.chat.pace.counts.paused_s) == (1, 7.0)


@pytest.mark.parametrize("status", [429, 503])
async def test_pauses_nobody_told_double_up_to_a_bound_with_jitter(
    tmp_path: Path, status: int
) -> None:
    kind: FaultKind = "rate_limited" if status == 429 else "server_error"
    busy = ChatFault(kind, "busy", retryable=True, status=status)
    bench = Bench(tmp_path, *[busy] * 11, ChatReply())

    for number in range(12):
        await bench.ask(str(number))

    # Half of 1, 2, 4, ... seconds, and never more than half of 20.
    assert bench.slept == [0.5, 1, 2, 4, 8, *[10.0] * 6]


async def test_a_request_that_is_asked_again_is_a_retry_and_no_error(tmp_path: Path) -> None:
    late = ChatFault("timeout", "late", retryable=True)
    cut = ChatFault("connection", "cut", retryable=True)
    bench = Bench(tmp_path, late, ChatReply(), cut, ChatReply())

    for text in ("a", "a", "b", "c"):
        await bench.ask(text)

    counts = bench.chat.pace.counts
    expected = CallCounts(calls=4, answered=2, retries=1, timeouts=1, other_faults=1)
    assert (counts, counts.errors) == (expected, 1)


async def test_what_no_waiting_mends_slows_nobody(tmp_path: Path) -> None:
    spent = ChatFault("rate_limited", "quota", retryable=False, status=429)
    wrong = ChatFault("refused_request", "wrong", retryable=False, status=400)
    bench = Bench(tmp_path, spent, wrong, ChatReply())

    await bench.ask("a", "b")
    await bench.ask("c")

    assert (bench.slept, bench.limit.n_decreases) == ([], 0)


class Held:
    """Answers when it is let go; keeps the order and how many there were at once."""

    name, calls_tools = "held", True

    def __init__(self) -> None:
        self.came: list[str] = []
        self.under_way = self.most = 0
        self.go = asyncio.Semaphore(0)

    async def complete(self, request: ChatRequest, *, artifacts: object) -> ChatReply:
        self.came.append(request.messages[0].text)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.go.acquire()
        finally:
            self.under_way -= 1
        return ChatReply(text=request.messages[0].text)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_first_come_first_served_and_never_more_than_is_allowed(tmp_path: Path) -> None:
    held, artifacts = Held(), ArtifactFolder(tmp_path)
    paced = PacedChat(held, limit=AdaptiveLimit(8))
    calls = [
        asyncio.create_task(paced.complete(asked(f"{number:02}"), artifacts=artifacts))
        for number in range(20)
    ]
    await settle()
    assert held.came == ["00", "01"]

    calls[3].cancel()
    for _ in range(20):
        held.go.release()
        await settle()

    done = await asyncio.gather(*calls, return_exceptions=True)
    assert held.came == [f"{n:02}" for n in range(20) if n != 3]
    assert sum(isinstance(one, ChatReply) for one in done) == 19
    assert (held.most, paced.pace.under_way) == (8, 0)


async def test_calls_that_wait_when_the_circuit_opens_are_not_sent_and_count_as_none(
    tmp_path: Path,
) -> None:
    down = ChatFault("connection", "down", retryable=True)
    script, artifacts = ScriptedChat([down] * 2), ArtifactFolder(tmp_path)
    breaker = CircuitBreaker(script, circuit=Circuit(2, 60))
    paced = PacedChat(breaker, limit=AdaptiveLimit(2))

    calls = [paced.complete(asked(str(n)), artifacts=artifacts) for n in range(6)]
    faults = await asyncio.gather(*calls, return_exceptions=True)

    told = [str(one).split(":")[0] for one in faults]
    assert told == ["down"] * 2 + ["scripted is not asked"] * 4
    assert paced.pace.counts == CallCounts(calls=2, other_faults=2)


async def test_what_is_refused_here_does_not_wait_for_a_pause(tmp_path: Path) -> None:
    down = ChatFault("server_error", "down", retryable=True, status=503)
    script, artifacts = ScriptedChat([down] * 2), ArtifactFolder(tmp_path)
    breaker = CircuitBreaker(script, circuit=Circuit(2, 60))
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await asyncio.sleep(seconds)

    paced = PacedChat(
        breaker,
        limit=AdaptiveLimit(4),
        sleep=sleep,
        draw=lambda: 0.01,
        is_away=lambda: breaker.is_open,
    )
    for _ in range(4):
        with pytest.raises(ChatFault):
            await paced.complete(asked("a"), artifacts=artifacts)

    assert breaker.is_open
    assert len(waited) == 1


def test_each_loop_has_its_own_line_and_all_share_the_pause(tmp_path: Path) -> None:
    bench = Bench(tmp_path, BUSY, ChatReply())

    asyncio.run(bench.ask("a"))
    asyncio.run(bench.ask("b"))

    assert bench.slept == [7.0]


def test_a_pace_tells_itself_in_a_line_and_a_model_without_one_has_none(tmp_path: Path) -> None:
    bench = Bench(tmp_path, BUSY)
    asyncio.run(bench.ask("a"))

    assert pace_of(bench.script) is None
    pace = pace_of(bench.chat)
    assert pace is not None
    assert pace.line() == "0 of 1 calls under way, paused for 7 s"
