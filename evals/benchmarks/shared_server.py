"""Several runs that know nothing of each other ask one server: what each gets of it.

``python -m evals.benchmarks.shared_server`` prints the table. Each run has a limit of its own, as
processes of two people and workers of one Ray run do; limits that grow by addition and fall by
halves come to equal shares (Chiu and Jain 1989). Servers and time are those of
`evals.benchmarks.pace`. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from agent.chat_models.adaptive_limit import AdaptiveLimit
from agent.chat_models.paced_chat import CallCounts, PacedChat
from evals.benchmarks.pace import MOST, SERVERS, JumpingLoop, Server
from evals.tables.provenance import commit_name, utc_now
from graphs.journal import NoJournal
from graphs.minds.chat import ChatReply, ChatRequest, Message
from graphs.minds.contract import MindFault
from graphs.minds.vlm.asking import Asker, Patience
from tools.artifacts import ArtifactFolder
from tools.ports import ArtifactPort

LATER_S = 60.0
"""Between the beginnings of two runs: the first has the whole server by then."""
LOOKED_AT_S = 300.0
"""How long is measured, when all are there."""
NAMES = (
    "works at 16 together, 1 s",
    "takes 10 a second, says wait 1 s",
    "takes 10 a second, says nothing",
)


class Asked:
    """A server as one run sees it."""

    name = "simulated"
    calls_tools = True

    def __init__(self, server: Server) -> None:
        self._server = server

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        """As the server does."""
        return await self._server.complete(request)


class Shares(NamedTuple):
    """What each run got, in the order of beginning."""

    n_answers: list[int]
    n_given_up: int
    """Questions of any run that had no answer after three calls."""
    counts: CallCounts
    """Of all runs."""

    @property
    def least(self) -> float:
        """Of an equal share, what the run that got least got: 1 is fair."""
        return min(self.n_answers) * len(self.n_answers) / max(sum(self.n_answers), 1)


def run_shared(
    build: Callable[[int], Server],
    *,
    n_runs: int,
    seed: int,
    most: int,
    seconds: float = LOOKED_AT_S,
) -> Shares:
    """Let runs ask for as long as is measured.

    Args:
        build: the server of a seed.
        n_runs: that share it.
        seed: of the server's latencies.
        most: calls at once that the settings of each run allow.
        seconds: of simulated time that are measured.
    """
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(_ask(build(seed), n_runs, most, seconds))


async def _ask(server: Server, n_runs: int, most: int, seconds: float) -> Shares:
    clock = asyncio.get_running_loop().time
    chats = [
        PacedChat(Asked(server), limit=AdaptiveLimit(most), clock=clock) for _ in range(n_runs)
    ]
    tasks = [
        asyncio.create_task(_work(_asker(chat), begin=LATER_S * number))
        for number, chat in enumerate(chats)
        for _ in range(most)
    ]
    await asyncio.sleep(LATER_S * n_runs)
    before = [chat.pace.counts.answered for chat in chats]
    await asyncio.sleep(seconds)
    after = [chat.pace.counts.answered for chat in chats]
    for task in tasks:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    counts = CallCounts()
    for chat in chats:
        counts = counts.plus(chat.pace.counts)
    return Shares(
        [b - a for a, b in zip(before, after, strict=True)],
        sum(one for one in done if isinstance(one, int)),
        counts,
    )


def _asker(chat: PacedChat) -> Asker:
    return Asker(
        chat=chat,
        artifacts=ArtifactFolder(Path("nowhere")),
        journal=NoJournal(),
        patience=Patience(max_attempts=3, first_pause_s=0.5, max_pause_s=20.0),
    )


async def _work(asker: Asker, *, begin: float) -> int:
    """Ask one after the other until it is ended; how many had no answer."""
    n_given_up, number = 0, 0
    await asyncio.sleep(begin)
    try:
        while True:
            number += 1
            message = Message(role="user", text=f"part {number}")
            try:
                await asker.ask(
                    ChatRequest(purpose="look", messages=[message]), lambda reply, last: reply.text
                )
            except MindFault:
                n_given_up += 1
    except asyncio.CancelledError:
        return n_given_up


def main(
    runs: Annotated[int, typer.Option(min=2, help="That share a server.")] = 2,
    seeds: Annotated[int, typer.Option(min=1)] = 5,
    divided: Annotated[bool, typer.Option(help="Each is allowed its share only.")] = False,
) -> None:
    """Print the table."""
    most = MOST // runs if divided else MOST
    typer.echo("| server | answers of each run | least, of a fair share | given up | refused |")
    typer.echo("| --- | --: | --: | --: | --: |")
    for name in NAMES:
        found = [run_shared(SERVERS[name], n_runs=runs, seed=s, most=most) for s in range(seeds)]
        answers = "; ".join(" ".join(map(str, one.n_answers)) for one in found)
        least = ", ".join(f"{one.least:.2f}" for one in found)
        given_up = sum(one.n_given_up for one in found)
        refused = sum(one.counts.rate_limited + one.counts.timeouts for one in found)
        typer.echo(f"| {name} | {answers} | {least} | {given_up} | {refused} |")
    typer.echo(
        f"\n{runs} runs of up to {most} calls, each {LATER_S:g} s after the one before; answers in "
        f"{LOOKED_AT_S:g} s of simulated time from when all are there; seeds 0 to {seeds - 1}. "
        f"`python -m evals.benchmarks.shared_server --runs {runs}`, commit {commit_name()}, "
        f"{utc_now()}."
    )


if __name__ == "__main__":
    typer.run(main)
