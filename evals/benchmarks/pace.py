"""What the pace of calls gains and costs, against as many calls as the settings allow.

``python -m evals.benchmarks.pace`` prints the table. Servers are simulated, and so is the time: the
event loop's clock jumps to what comes next, so that an hour takes a second and every run comes out
alike. The calls are those of the product: its limit, its waiting, its retries with full jitter.
Knows no HTTP and no picture.
"""

from __future__ import annotations

import asyncio
import random
import selectors
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer

from agent.chat_models.adaptive_limit import AdaptiveLimit
from agent.chat_models.paced_chat import PacedChat
from evals.tables.provenance import commit_name, utc_now
from graphs.journal import NoJournal
from graphs.minds.chat import ChatFault, ChatReply, ChatRequest, Message
from graphs.minds.contract import MindFault
from graphs.minds.vlm.asking import Asker, Patience
from tools.artifacts import ArtifactFolder
from tools.ports import ArtifactPort

MOST = 64
TIMEOUT_S = 30.0


class _JumpingSelector(selectors.DefaultSelector):
    """Waits for nothing: whoever would wait moves the clock."""

    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout:
            self._loop.now += timeout
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is its timers'."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """Seconds since it was made, of its own time."""
        return self.now


@dataclass
class Server:
    """Answers in a time that grows once more calls come than it works at together."""

    latency_s: float = 1.0
    """Of an answer, where it has nothing else to do: the mean."""
    shape: float = 16.0
    """Of the gamma distribution that it is drawn from; the larger, the less it spreads."""
    at_once: int = 1000
    """Calls that it works at together; the others wait in it."""
    per_s: float = 0.0
    """Calls that it takes in a second, beyond which it refuses; 0: any."""
    slow: tuple[float, float] = (0.0, 0.0)
    """Between these moments it takes four times as long."""
    retry_after_s: float | None = None
    seed: int = 0
    n_inside: int = 0
    most_inside: int = 0
    latencies: list[float] = field(default_factory=list)
    _taken: deque[float] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._places = asyncio.Semaphore(self.at_once)

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer, refuse, or be too late.

        Raises:
            ChatFault: `rate_limited` or `timeout`.
        """
        now = asyncio.get_running_loop().time()
        self._refuse(now)
        self.n_inside += 1
        self.most_inside = max(self.most_inside, self.n_inside)
        try:
            async with asyncio.timeout(TIMEOUT_S), self._places:
                await asyncio.sleep(self._work_s())
        except TimeoutError:
            raise ChatFault("timeout", "late", retryable=True) from None
        finally:
            self.n_inside -= 1
        took = asyncio.get_running_loop().time() - now
        self.latencies.append(took)
        return ChatReply(text="well", seconds=took)

    def _refuse(self, now: float) -> None:
        while self._taken and self._taken[0] <= now - 1.0:
            self._taken.popleft()
        if 0 < self.per_s <= len(self._taken):
            asked_s = self.retry_after_s
            raise ChatFault(
                "rate_limited", "busy", retryable=True, retry_after_s=asked_s, status=429
            )
        self._taken.append(now)

    def _work_s(self) -> float:
        now = asyncio.get_running_loop().time()
        times = 4.0 if self.slow[0] <= now < self.slow[1] else 1.0
        return times * self._rng.gammavariate(self.shape, self.latency_s / self.shape)


SERVERS: dict[str, Callable[[int], Server]] = {
    "takes all, 1 s": lambda seed: Server(seed=seed),
    "works at 16 together, 1 s": lambda seed: Server(at_once=16, seed=seed),
    "works at 4 together, 3 s": lambda seed: Server(at_once=4, latency_s=3.0, seed=seed),
    "takes 10 a second, says wait 1 s": lambda seed: Server(per_s=10, retry_after_s=1.0, seed=seed),
    "takes 10 a second, says nothing": lambda seed: Server(per_s=10, seed=seed),
    "four times as slow from 10 s to 40 s": lambda seed: Server(slow=(10.0, 40.0), seed=seed),
}
"""By what they are."""


class Came(NamedTuple):
    """One run."""

    seconds: float
    n_given_up: int
    """Questions that had no answer after three calls."""
    n_calls: int
    p95_s: float
    """Of the latencies of answered calls."""
    most_inside: int
    """Calls that the server had at once."""


def run_paced(build: Callable[[int], Server], *, paced: bool, seed: int, n: int) -> Came:
    """Ask so many questions, 64 at once, each up to three times.

    Args:
        build: the server of a seed.
        paced: by the product's pace; else as many at once as are asked.
        seed: of the server's latencies.
        n: questions.
    """
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(_ask_all(build(seed), paced=paced, n=n))


async def _ask_all(server: Server, *, paced: bool, n: int) -> Came:
    clock = asyncio.get_running_loop().time
    counted = _Counted(server)
    chat = PacedChat(counted, limit=AdaptiveLimit(MOST), clock=clock) if paced else counted
    asker = Asker(
        chat=chat,
        artifacts=ArtifactFolder(Path("nowhere")),
        journal=NoJournal(),
        patience=Patience(max_attempts=3, first_pause_s=0.5, max_pause_s=20.0),
    )
    questions = iter(range(n))
    given_up = sum(await asyncio.gather(*(_work(asker, questions) for _ in range(MOST))))
    return Came(
        seconds=clock(),
        n_given_up=given_up,
        n_calls=counted.n_calls,
        p95_s=float(np.quantile(server.latencies, 0.95)),
        most_inside=server.most_inside,
    )


class _Counted:
    """Counts calls."""

    name = "simulated"
    calls_tools = True

    def __init__(self, server: Server) -> None:
        self._server = server
        self.n_calls = 0

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        self.n_calls += 1
        return await self._server.complete(request)


async def _work(asker: Asker, questions: Iterator[int]) -> int:
    """Ask one after the other; how many had no answer."""
    n_given_up = 0
    for number in questions:
        message = Message(role="user", text=f"part {number}")
        try:
            await asker.ask(ChatRequest(purpose="look", messages=[message]), _text)
        except MindFault:
            n_given_up += 1
    return n_given_up


def _text(reply: ChatReply, last: bool) -> str:
    return reply.text


def as_lines(runs: dict[tuple[str, bool], list[Came]], *, n: int) -> list[str]:
    """A Markdown table: means over the seeds, with 95 % intervals."""
    lines = [
        f"| server | calls at once | answers a second | given up of {n} | calls | p95 latency, s "
        "| most at the server |",
        "| --- | --- | --: | --: | --: | --: | --: |",
    ]
    for (what, paced), found in runs.items():
        cells = [
            *(what, "paced" if paced else f"always {MOST}"),
            _mean([(n - one.n_given_up) / one.seconds for one in found]),
            _mean([one.n_given_up for one in found]),
            _mean([one.n_calls for one in found]),
            _mean([one.p95_s for one in found]),
            str(max(one.most_inside for one in found)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _mean(values: Sequence[float]) -> str:
    from scipy.stats import t

    half = float(t.ppf(0.975, len(values) - 1)) * float(np.std(values, ddof=1)) / len(values) ** 0.5
    return f"{np.mean(values):.4g} ±{half:.2g}"


def main(
    n: Annotated[int, typer.Option(min=64, help="Questions of each run.")] = 2000,
    seeds: Annotated[int, typer.Option(min=2)] = 5,
) -> None:
    """Print the table."""
    runs = {
        (what, paced): [run_paced(build, paced=paced, seed=seed, n=n) for seed in range(seeds)]
        for what, build in SERVERS.items()
        for paced in (False, True)
    }
    made = (
        f"Simulated servers and time, {MOST} questions under way, three attempts each, seeds 0 to "
        f"{seeds - 1}, ± the half width of a 95 % interval. `python -m evals.benchmarks.pace`, "
        f"commit {commit_name()}, {utc_now()}."
    )
    typer.echo("\n".join([*as_lines(runs, n=n), "", made]))


if __name__ == "__main__":
    typer.run(main)
