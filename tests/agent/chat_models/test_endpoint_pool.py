"""An inspection keeps to its endpoint; the share of one that is away goes to the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from agent.chat_models.adaptive_limit import AdaptiveLimit
from agent.chat_models.circuit import Circuit, CircuitBreaker
from agent.chat_models.endpoint_pool import Endpoint, EndpointPool
from agent.chat_models.paced_chat import CallLedger, PacedChat
from agent.chat_models.session import calls_for
from graphs.minds.chat import ChatFault, ChatReply, ChatRequest, Message
from tools.artifacts import ArtifactFolder

DOWN = ChatFault("connection", "down", retryable=True)


def asked(text: str = "look") -> ChatRequest:
    return ChatRequest(purpose="look", messages=[Message(role="user", text=text)])


class Server:
    """Answers, or fails as it is set to."""

    calls_tools = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.fault: ChatFault | None = None
        self.n_requests = 0

    async def complete(self, request: ChatRequest, *, artifacts: object) -> ChatReply:
        self.n_requests += 1
        if self.fault is not None:
            raise self.fault
        return ChatReply(text=self.name)


class Bench:
    """A pool over servers, with a clock that stands still."""

    def __init__(self, folder: Path, *, seed: int = 0, **weights: float) -> None:
        self.now = 0.0
        self.artifacts = ArtifactFolder(folder)
        self.servers = {name: Server(name) for name in weights}
        ledger = CallLedger()
        self.pool = EndpointPool(
            "m",
            [self.endpoint(name, weight, ledger) for name, weight in weights.items()],
            ledger=ledger,
            most=8,
            seed=seed,
        )

    def endpoint(self, name: str, weight: float, ledger: CallLedger) -> Endpoint:
        clock = lambda: self.now  # noqa: E731
        breaker = CircuitBreaker(self.servers[name], circuit=Circuit(2, 10), clock=clock)
        paced = PacedChat(breaker, limit=AdaptiveLimit(8), clock=clock, ledger=ledger)
        return Endpoint(label=name, weight=weight, breaker=breaker, chat=paced)

    def ask(self, inspection: str, text: str = "look") -> str:
        """Who answers a call of an inspection; what failed where nobody does."""
        try:
            with calls_for(inspection):
                return asyncio.run(
                    self.pool.complete(asked(text), artifacts=self.artifacts)
                ).endpoint
        except ChatFault as fault:
            return fault.message


def test_shares_are_as_the_weights_and_the_same_again_under_a_seed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, a=3, b=1)
    went = [bench.ask(f"part-{number}") for number in range(400)]

    # 300 expected with a standard deviation of 8.7.
    assert 270 <= Counter(went)["a"] <= 330
    assert bench.pool.pace.answered_by == Counter(went)
    again, other = Bench(tmp_path, a=3, b=1), Bench(tmp_path, seed=1, a=3, b=1)
    assert went[:50] == [again.ask(f"part-{number}") for number in range(50)]
    assert went[:50] != [other.ask(f"part-{number}") for number in range(50)]


def test_all_calls_of_an_inspection_go_to_one_endpoint(tmp_path: Path) -> None:
    bench = Bench(tmp_path, a=1, b=1, c=1)

    for number in range(10):
        assert len({bench.ask(f"part-{number}", text) for text in ("look", "more", "judge")}) == 1


def test_outside_of_an_inspection_a_conversation_keeps_to_one(tmp_path: Path) -> None:
    bench = Bench(tmp_path, a=1, b=1, c=1)

    assert len({bench.ask("", "one opening") for _ in range(5)}) == 1
    assert len({bench.ask("", f"opening {number}") for number in range(30)}) == 3


def test_who_asks_again_is_sent_to_another_and_one_that_stays_down_is_left_alone(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, a=1, b=1)
    parts = [f"part-{number}" for number in range(20)]
    of_a = [part for part in parts if bench.ask(part) == "a"]
    bench.servers["a"].fault = DOWN
    bench.servers["a"].n_requests = 0

    first = [bench.ask(of_a[0], "x"), bench.ask(of_a[0], "x")]
    bench.ask(of_a[1], "y")
    later = {bench.ask(part, "z") for part in parts}

    assert first == ["down", "b"]
    assert later == {"b"}
    assert bench.servers["a"].n_requests == 2
    assert bench.pool.pace.counts.retries == 1


def test_after_the_pause_the_share_comes_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path, a=1, b=1)
    parts = [f"part-{number}" for number in range(20)]
    before = [bench.ask(part) for part in parts]
    bench.servers["a"].fault = DOWN
    of_a = [part for part, server in zip(parts, before, strict=True) if server == "a"]
    for part in of_a[:2]:
        bench.ask(part, part)
    assert {bench.ask(part) for part in parts} == {"b"}

    bench.servers["a"].fault, bench.now = None, 10.0
    assert [bench.ask(part) for part in parts] == before


def test_an_endpoint_that_asks_to_wait_is_passed_by_meanwhile(tmp_path: Path) -> None:
    bench = Bench(tmp_path, a=1, b=1)
    part = next(f"p{n}" for n in range(20) if bench.ask(f"p{n}") == "a")
    bench.servers["a"].fault = ChatFault(
        "rate_limited", "busy", retryable=True, retry_after_s=5.0, status=429
    )

    went = [bench.ask(part, "x"), bench.ask(part, "y")]
    bench.servers["a"].fault, bench.now = None, 5.0
    went.append(bench.ask(part, "z"))

    assert went == ["busy", "b", "a"]


def test_where_all_are_away_the_call_is_refused_and_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path, a=1, b=1)
    for server in bench.servers.values():
        server.fault = DOWN
    for number in range(20):
        bench.ask(f"part-{number}")

    assert "is not asked: 2 requests in a row failed" in bench.ask("one more")
    assert [one.n_requests for one in bench.servers.values()] == [2, 2]


async def test_tasks_that_an_inspection_begins_are_its_own(tmp_path: Path) -> None:
    bench = Bench(tmp_path, a=1, b=1, c=1)

    async def both(part: str) -> set[str]:
        with calls_for(part):
            calls = [
                bench.pool.complete(asked(text), artifacts=bench.artifacts) for text in ("x", "y")
            ]
            return {one.endpoint for one in await asyncio.gather(*calls)}

    went = await asyncio.gather(*(both(f"part-{number}") for number in range(10)))
    assert [len(one) for one in went] == [1] * 10


@pytest.mark.parametrize("weight", [1e-6, 1e6])
def test_weights_far_apart_are_no_error(tmp_path: Path, weight: float) -> None:
    bench = Bench(tmp_path, a=1, b=weight)

    assert {bench.ask(f"part-{number}") for number in range(20)} == {"b" if weight > 1 else "a"}
