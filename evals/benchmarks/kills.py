"""A suite killed at random times, against one that ran through: ``evals.benchmarks.kills``.

The runs are processes of their own that are ended by SIGKILL, at a random moment after a random
number of rows. Compared are all rows but their times and the names of their files, which have the
folder of the run in them, and what the model was asked and paid for.
Knows no measure.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer

from agent.answers import FILE as ANSWERS
from agent.answers import AnswerStore
from agent.loopback import Loopback, loopback_endpoint
from agent.result_log import FILE, read_rows
from evals.benchmarks.spots import NAME, SeesSpots, write_spots
from evals.runner.rows import Row
from evals.suites.records import Suite
from evals.tables.provenance import commit_name, utc_now

TO_ASK = ("evals.runner.methods", "evals.runner.running", "langchain_openai")
TO_INSPECT = (*TO_ASK, "agent.inspector")
"""Loaded once for all processes, so that a kill hits the run and not its imports."""
NAMED_BY_FOLDER = ("record", "anomaly_map")
"""Fields that name files by the path of the picture, which may lie in the run's own folder."""
PATIENCE_S = 600.0
MAX_DELAY_S = 0.08
"""Between the row that a kill waits for and the kill."""


class Job(NamedTuple):
    """What one process runs."""

    suite: Suite
    data: Path
    out: Path
    n_normal: int = 0
    n_spotted: int = 0
    """Of the plates; where both are 0 the suite's data sets are read from `data`."""
    base_url: str = ""
    """Of the model; the embedded mind where empty."""
    model: str = ""


class Outcome(NamedTuple):
    """How a run that was killed compares with one that was not."""

    n_kills: int
    n_rows: int
    n_lines: int
    """Of the file of results: one for each row where nothing was doubled."""
    rows_at_kills: list[int]
    """Rows that were done when each kill came."""
    differing: list[str]
    """Tasks whose rows differ or are missing."""
    n_paid: int
    """Answers that were paid for over all processes."""
    n_paid_through: int
    n_requests: int
    """That reached the model: those under way at a kill are asked again."""


def suite_of_questions() -> Suite:
    """A model asked about every plate, as it is and bordered."""
    return Suite.model_validate(
        {
            "name": "kills",
            "version": 1,
            "title": "Yes or no about every plate",
            "source": "Loupe's own",
            "by": "bare_model",
            "data": [NAME],
            "references": 1,
            "asking": {"prompt": "Is there a dark spot on the {cls}? Reply yes or no."},
            "conditions": [{"name": "original"}, {"name": "bordered", "query": "border_20"}],
            "measures": ["auroc"],
        }
    )


def run_job(job: Job) -> None:
    """One process: begin, or go on with a run."""
    from agent.settings import load_settings
    from evals.datasets.catalogue import load_data_set
    from evals.runner.running import RunOptions, run_suite

    settings = load_settings(
        home=job.out / "home",
        concurrency=4,
        model=job.model or None,
        base_url=job.base_url or None,
        input_usd=1000.0 if job.model else None,
        output_usd=1000.0 if job.model else None,
    )
    spots = partial(write_spots, n_normal=job.n_normal, n_spotted=job.n_spotted)
    of_plates = job.n_normal or job.n_spotted
    options = RunOptions(
        out=job.out,
        settings=settings,
        load_set=(lambda _: spots(job.data)) if of_plates else partial(load_data_set, job.data),
        place="loopback",
    )
    asyncio.run(run_suite(job.suite, options, teller=lambda _: None))


def compare(
    job: Job,
    *,
    n_kills: int,
    seed: int,
    endpoint: Loopback | None = None,
    preloaded: Sequence[str] = TO_INSPECT,
) -> Outcome:
    """Run through once, then again with kills, and compare.

    Args:
        job: what is run; both go into folders below its `out`.
        n_kills: how often the second one is killed.
        seed: decides when.
        endpoint: of the model; its record tells what was asked.
        preloaded: modules that the first call of this process loads for all runs.
    """
    through = job._replace(out=job.out / "through")
    killed = job._replace(out=job.out / "killed")
    with _forks(preloaded) as start:
        _finish(start(through))
        n_before = endpoint.record.n_requests if endpoint else 0
        at_kills = list(_kill(killed, start, n_kills=n_kills, seed=seed, n_rows=_n_rows(through)))
        _finish(start(killed))
    lines = read_rows(killed.out / FILE, Row)
    return Outcome(
        n_kills=len(at_kills),
        n_rows=len({row.task for row in lines}),
        n_lines=len(lines),
        rows_at_kills=at_kills,
        differing=differing(read_rows(through.out / FILE, Row), lines),
        n_paid=_n_paid(killed),
        n_paid_through=_n_paid(through),
        n_requests=endpoint.record.n_requests - n_before if endpoint else 0,
    )


@contextmanager
def _forks(preloaded: Sequence[str]) -> Iterator[partial[BaseProcess]]:
    """Starts processes from one that has imported what they need."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preloaded))
    yield partial(_started, context)


def _started(context: multiprocessing.context.BaseContext, job: Job) -> BaseProcess:
    process: BaseProcess = context.Process(target=run_job, args=(job,))  # type: ignore[attr-defined]
    process.start()
    return process


def _finish(process: BaseProcess) -> None:
    process.join(PATIENCE_S)
    if process.exitcode != 0:
        process.kill()
        raise RuntimeError(f"a run that nobody killed ended with {process.exitcode}")


def _kill(
    job: Job, start: partial[BaseProcess], *, n_kills: int, seed: int, n_rows: int
) -> Iterator[int]:
    """Start and kill; yields the rows that were done at each kill.

    Each kill waits for up to a fair share of the rows, so that the last one still hits a run.
    """
    rng = np.random.default_rng(seed)
    for number in range(n_kills):
        process = start(job)
        share = (n_rows - 1 - _n_rows(job)) // (n_kills - number + 1)
        wanted = _n_rows(job) + int(rng.integers(0, max(share, 0) + 1))
        _await_rows(job, process, wanted)
        time.sleep(float(rng.uniform(0, MAX_DELAY_S)))
        process.kill()
        process.join(PATIENCE_S)
        yield _n_rows(job)


def _await_rows(job: Job, process: BaseProcess, wanted: int) -> None:
    """Wait until a run has so many rows, or has ended."""
    until_s = time.monotonic() + PATIENCE_S
    while process.is_alive() and time.monotonic() < until_s:
        begun = (job.out / ANSWERS).exists()
        if begun and _n_rows(job) >= wanted:
            return
        time.sleep(0.002)


def _n_rows(job: Job) -> int:
    path = job.out / FILE
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _n_paid(job: Job) -> int:
    if not (job.out / ANSWERS).exists():
        return 0
    with AnswerStore(job.out / ANSWERS) as answers:
        return answers.paid(str(job.out.resolve())).n_calls


def differing(rows: Sequence[Row], others: Sequence[Row]) -> list[str]:
    """Tasks that are not in both, are in one more than once, or came out otherwise."""
    twice = [task for task, n in Counter(row.task for row in others).items() if n > 1]
    ours, theirs = _by_task(rows), _by_task(others)
    apart = [task for task in ours if ours[task] != theirs.get(task)]
    return sorted({*twice, *apart, *(theirs.keys() - ours.keys())})


def _by_task(rows: Sequence[Row]) -> Mapping[str, dict[str, object]]:
    return {
        row.task: {
            name: said for name, said in row.outcome().items() if name not in NAMED_BY_FOLDER
        }
        for row in rows
    }


def as_line(what: str, one: Outcome) -> str:
    """One row of the table."""
    return (
        f"| {what} | {one.n_rows} | {one.n_kills} | {', '.join(map(str, one.rows_at_kills))} "
        f"| {len(one.differing)} | {one.n_lines - one.n_rows} | {one.n_paid} of "
        f"{one.n_paid_through} | {one.n_requests} |"
    )


def main(
    data: Annotated[
        Path | None,
        typer.Option(envvar="LOUPE_SHARED_DATA", help="Of real pictures, for the embedded mind."),
    ] = None,
    n_kills: Annotated[int, typer.Option("--n", min=1)] = 10,
    n_plates: Annotated[int, typer.Option(min=4)] = 120,
    seed: int = 0,
) -> None:
    """Kill a run that asks a model, and one of Loupe's inspections where there are pictures."""
    typer.echo(
        "| run | rows | kills | rows done at each | differing | doubled | paid, of one that ran "
        "through | requests |\n| --- | --: | --: | --- | --: | --: | --- | --: |"
    )
    with tempfile.TemporaryDirectory() as folder:
        half = n_plates // 2
        with loopback_endpoint(SeesSpots(), latency_s=0.02) as endpoint:
            job = Job(
                suite_of_questions(),
                Path(folder) / "data",
                Path(folder) / "asked",
                half,
                half,
                endpoint.base_url,
                endpoint.model,
            )
            found = compare(job, n_kills=n_kills, seed=seed, endpoint=endpoint)
        typer.echo(as_line("a model asked about plates", found))
        if data is not None:
            from evals.suites import load_suite

            suite = load_suite("robustness").replaced(data=["casting"], limit=8)
            inspected = Job(suite, data, Path(folder) / "inspected")
            found = compare(inspected, n_kills=n_kills, seed=seed)
            typer.echo(as_line("robustness on castings, embedded mind", found))
    typer.echo(f"\n`python -m evals.benchmarks.kills`, commit {commit_name()}, {utc_now()}.")


if __name__ == "__main__":
    typer.run(main)
