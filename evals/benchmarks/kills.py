"""A suite killed at random times, against one that ran through: ``evals.benchmarks.kills``.

The runs are processes of their own that are ended by SIGKILL, at a random moment after a random
number of rows. Compared are all rows but their times and the names of their files, which have the
folder of the run in them, and what the model was asked and paid for.
Knows no measure.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from agent.answers import FILE as ANSWERS
from agent.answers import AnswerStore
from agent.loopback import Loopback, loopback_endpoint
from agent.result_log import FILE, read_rows
from evals.benchmarks.killing import Target, finish, forks, kill_at_random
from evals.benchmarks.spots import NAME, SeesSpots, write_spots
from evals.runner.rows import Row
from evals.suites.records import Suite
from evals.tables.provenance import commit_name, utc_now

TO_ASK = ("evals.runner.methods", "evals.runner.running", "langchain_openai")
TO_INSPECT = (*TO_ASK, "agent.inspector")
"""Loaded once for all processes, so that a kill hits the run and not its imports."""
NAMED_BY_FOLDER = ("record", "anomaly_map")
"""Fields that name files by the path of the picture, which may lie in the run's own folder."""


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
    starting = forks(preloaded, run_job)
    finish(starting(through)())
    n_before = endpoint.record.n_requests if endpoint else 0
    n_rows = len(read_rows(through.out / FILE, Row))
    target = Target(starting(killed), killed.out, begun=killed.out / ANSWERS)
    at_kills = list(kill_at_random(target, n_kills=n_kills, seed=seed, n_rows=n_rows))
    finish(starting(killed)())
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
