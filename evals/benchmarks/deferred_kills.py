"""A deferred batch killed at random moments, against one that ran through.

``python -m evals.benchmarks.deferred_kills`` prints the outcome. Each run is a process of its own
that is ended by SIGKILL while it writes, submits, waits or collects. Compared are the rows but
their times, and what the server was asked.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer

from agent.batch.records import BatchRow
from agent.loopback import Loopback, PixelReader, loopback_endpoint
from agent.result_log import FILE, read_rows
from evals.benchmarks.killing import LOOK_EVERY_S, MAX_DELAY_S
from evals.tables.provenance import commit_name, utc_now

PRELOADED = ("agent.batch.deferred.asking", "agent.batch.setting_up", "agent.inspector", "openai")
"""Loaded once for all processes, so that a kill hits the run and not its imports."""
NOT_COMPARED = frozenset({"seconds", "created", "cost_usd", "inspection", "task"})
PATIENCE_S = 600.0
SAID = "said.txt"

Start = Callable[[Path, str], BaseProcess]


class Outcome(NamedTuple):
    """How a run that was killed compares with one that was not."""

    n_kills: int
    n_rows: int
    n_lines: int
    """Of the file of results: one for each row where nothing was doubled."""
    n_differing: int
    n_asked: int
    """Requests in all batches of the run that was killed."""
    n_asked_through: int
    n_twice: int
    """Questions that were in more than one batch."""
    n_batches: int


def compare(folder: Path, *, n_parts: int, n_kills: int, seed: int) -> Outcome:
    """Run through once, then again with kills.

    Args:
        folder: an empty one.
        n_parts: parts that are inspected in rounds.
        n_kills: how often the second run is killed, at most.
        seed: decides when.
    """
    parts = folder / "parts"
    _write_parts(parts, n_parts)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))

    def start(out: Path, base_url: str) -> BaseProcess:
        words = ["batch", str(parts), "--home", str(out / "home"), "--out", str(out / "run")]
        words += ["--model", "eyes", "--base-url", base_url, "--max-rounds", "3"]
        process: BaseProcess = context.Process(
            target=_run, args=([*words, "--deferred", "--wait"], folder / SAID)
        )
        process.start()
        return process

    _finish(_warmed(context), folder)
    with loopback_endpoint({"eyes": PixelReader()}) as endpoint:
        _finish(start(folder / "through", endpoint.base_url), folder)
        through = _asked(endpoint)
    with loopback_endpoint({"eyes": PixelReader()}) as endpoint:
        out = folder / "killed"
        n_through = sum(through.values())
        at_kills = _kill(start, out, endpoint, n_kills=n_kills, seed=seed, n_through=n_through)
        _finish(start(out, endpoint.base_url), folder)
        asked, n_batches = _asked(endpoint), len(endpoint.batches.batches)
    lines = read_rows(out / "run" / FILE, BatchRow)
    return Outcome(
        n_kills=at_kills,
        n_rows=len({row.task for row in lines}),
        n_lines=len(lines),
        n_differing=_differing(folder / "through" / "run", out / "run"),
        n_asked=sum(asked.values()),
        n_asked_through=sum(through.values()),
        n_twice=sum(n > 1 for n in asked.values()),
        n_batches=n_batches,
    )


def _write_parts(parts: Path, n_parts: int) -> None:
    from PIL import Image

    parts.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(n_parts):
        # Noise: the model notices something, and looks again.
        pixels = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(parts / f"part_{number:03}.png")


def _warmed(context: Any) -> BaseProcess:
    """A process that does nothing, so that the first run does not wait for all imports."""
    process: BaseProcess = context.Process(target=_nothing)
    process.start()
    return process


def _nothing() -> None:
    """Do nothing."""


def _run(words: list[str], said: Path) -> None:
    """One process: what a person types; what it says goes to a file."""
    import sys

    from agent.cli import run as run_command_line

    with said.open("w", encoding="utf-8", buffering=1) as file:
        sys.stdout = sys.stderr = file
        code = run_command_line(words)
    sys.exit(code)


def _kill(
    start: Start, out: Path, endpoint: Loopback, *, n_kills: int, seed: int, n_through: int
) -> int:
    """Start and kill; how often a run was there to be killed.

    Each kill waits for up to a fair share of the requests that are to come, not for a time, so that
    the last one still hits a run, however busy the machine is.
    """
    rng = np.random.default_rng(seed)
    n_killed = 0
    for number in range(n_kills):
        process = start(out, endpoint.base_url)
        n_asked = sum(_asked(endpoint).values())
        share = max((n_through - 1 - n_asked) // (n_kills - number + 1), 0)
        _await(process, out, endpoint, n_asked=n_asked + int(rng.integers(0, share + 1)))
        process.join(float(rng.uniform(0, MAX_DELAY_S)))
        if not process.is_alive():
            break
        process.kill()
        process.join(PATIENCE_S)
        n_killed += 1
    return n_killed


def _await(process: BaseProcess, out: Path, endpoint: Loopback, *, n_asked: int) -> None:
    """Wait until so much was asked, or the run has ended."""
    until_s = time.monotonic() + PATIENCE_S
    while process.is_alive() and time.monotonic() < until_s:
        # The run folder has to be one before a run in it can go on.
        begun = (out / "run" / "run.json").exists()
        if begun and sum(_asked(endpoint).values()) >= n_asked:
            return
        time.sleep(LOOK_EVERY_S)


def _finish(process: BaseProcess, folder: Path) -> None:
    process.join(PATIENCE_S)
    if process.exitcode != 0:
        process.kill()
        said = folder / SAID
        last = said.read_text(encoding="utf-8")[-2000:] if said.exists() else "nothing"
        raise RuntimeError(f"a run that nobody killed ended with {process.exitcode}: {last}")


def _asked(endpoint: Loopback) -> dict[str, int]:
    return dict(endpoint.batches.asked)


def _differing(through: Path, killed: Path) -> int:
    """Parts whose rows are not alike, or not in both."""
    ours, theirs = _by_part(through), _by_part(killed)
    return sum(ours.get(name) != theirs.get(name) for name in ours.keys() | theirs.keys())


def _by_part(run: Path) -> dict[str, Any]:
    rows = read_rows(run / FILE, BatchRow)
    return {Path(row.asset).name: row.model_dump(exclude=set(NOT_COMPARED)) for row in rows}


def main(
    n: Annotated[int, typer.Option(min=1, help="Parts.")] = 20,
    kills: Annotated[int, typer.Option(min=1)] = 20,
    seed: int = 0,
) -> None:
    """Print the outcome."""
    with tempfile.TemporaryDirectory() as folder:
        found = compare(Path(folder), n_parts=n, n_kills=kills, seed=seed)
    typer.echo(
        "| rows | kills | differing | doubled lines | requests, of one that ran through "
        "| questions in two batches | batches |\n| --: | --: | --: | --: | --- | --: | --: |\n"
        f"| {found.n_rows} | {found.n_kills} | {found.n_differing} "
        f"| {found.n_lines - found.n_rows} | {found.n_asked} of {found.n_asked_through} "
        f"| {found.n_twice} | {found.n_batches} |\n\nSeed {seed}. "
        f"`python -m evals.benchmarks.deferred_kills`, commit {commit_name()}, {utc_now()}."
    )


if __name__ == "__main__":
    typer.run(main)
