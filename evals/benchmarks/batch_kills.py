"""A batch killed at random times, against one that ran through.

``python -m evals.benchmarks.batch_kills`` kills a `loupe batch` over tiny plates, with a model in
two rounds whose server fails by the content of the request, so that both runs meet the same faults.
Compared are all rows but for their times and for what a kill costs: tries of a call, and money of
an answer that was paid by a process that was killed. Knows nothing of seeing.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from agent.batch.records import BatchRow
from agent.loopback import loopback_endpoint
from agent.result_log import FILE, read_rows
from evals.benchmarks.killing import Target, finish, forks, kill_at_random
from evals.benchmarks.plate_judge import FailsByContent, PlateJudge
from evals.benchmarks.tiny_product import PRODUCT, tiny_plate, write_tiny_product
from evals.tables.provenance import commit_name, machine_name, utc_now
from graphs.records import Inspection

PRELOADED = (
    "agent.batch.setting_up",
    "agent.chat_models",
    "agent.pictures",
    "agent.product_models",
    "agent.report.files",
    "chromadb",
    "graphs.checkpoints",
    "graphs.inspection.graph",
    "graphs.minds.vlm.mind",
    "knowledge.store",
    "langchain_openai",
    "tools.experts.registered_difference",
    "torch",
)
"""Loaded once for all processes, so that a kill hits the run and not its imports."""
UNEQUAL = {"created", "seconds", "vlm_calls", "cost_usd"}
"""Fields that a kill may change."""
MODEL = "plates"
UNASKED = f"{MODEL} is not asked"
"""Said by the circuit breaker."""
SPOTTED_EACH = 5
"""One plate of so many has a spot."""
COPIED_EACH = 50
"""One plate of so many is a copy of the one before."""


class Job(NamedTuple):
    """What one process runs."""

    out: Path
    """Of the run; the home lies beside it."""
    parts: Path
    base_url: str
    product: Path | None
    """That the home knows; where there is none, the model judges without experts."""
    concurrency: int


class Outcome(NamedTuple):
    """How a batch that was killed compares with one that was not."""

    n_kills: int
    n_orders: int
    n_rows: int
    n_lines: int
    """Of the file of results: one for each row where nothing was doubled."""
    rows_at_kills: list[int]
    differing: list[str]
    """Files whose rows differ, are missing, or whose record does not say what the row says."""
    statuses: dict[str, int]
    n_unasked: int
    """Rows without the model, since so many requests in a row had failed that it was left alone.

    Which rows these are is a matter of time, so that they differ: with the faults by content alone
    it does not happen, but on a machine that is too busy to answer it does."""
    n_requests: int
    n_requests_through: int
    seconds: float
    seconds_through: float

    def line(self) -> str:
        """The row as Markdown."""
        at = self.rows_at_kills
        shown = ", ".join(map(str, at if len(at) <= 12 else [*at[:6], "...", *at[-5:]]))
        counts = ", ".join(f"{n} {word}" for word, n in sorted(self.statuses.items()))
        return (
            f"| {self.n_orders} | {self.n_kills} | {shown} | {counts} | {self.n_rows} "
            f"| {self.n_lines - self.n_rows} | {len(self.differing)} | {self.n_requests} "
            f"| {self.n_requests_through} | {self.seconds:.0f} | {self.seconds_through:.0f} |"
        )


HEAD = (
    "| orders | kills | rows done at each | rows | with one result | doubled | differing "
    "| requests | of the undisturbed run | wall, s | of the undisturbed run |\n"
    "| --: | --: | --- | --- | --: | --: | --: | --: | --: | --: | --: |"
)


def run_job(job: Job) -> None:
    """One process: begin a batch, or go on with it."""
    from agent.batch.setting_up import run_wanted
    from agent.batch.wanted import Wanted
    from agent.settings import load_settings

    settings = load_settings(
        home=job.out.parent / "home",
        model=MODEL,
        base_url=job.base_url,
        experts=("registered_difference",),
        max_rounds=3,
        concurrency=job.concurrency,
    )
    product = None if job.product is None else PRODUCT
    # A part that nobody could judge makes the exit code 1, and is a result as any other.
    run_wanted(
        Wanted(
            named=(str(job.parts),), settings=settings, product=product, out=job.out, as_json=True
        )
    )


def write_parts(folder: Path, *, n: int) -> None:
    """Write n plates: some with a spot, some equal to another."""
    from PIL import Image

    folder.mkdir(parents=True)
    for number in range(n):
        is_copy = number % COPIED_EACH == COPIED_EACH - 1
        seed = number - 1 if is_copy else number
        spot_px = 14 if seed % SPOTTED_EACH == 0 else 0
        plate = tiny_plate(1000 + seed, spot_px=spot_px)
        Image.fromarray(plate).save(folder / f"plate_{number:05}.png")


def compare(
    folder: Path, *, n: int, n_kills: int, seed: int, experts: bool = True, concurrency: int = 8
) -> Outcome:
    """Run through once, then again with kills, and compare.

    Args:
        folder: an empty one.
        n: parts.
        n_kills: how often the second run is killed.
        seed: decides when.
        experts: whether the product is known, so that an expert works beside the model.
        concurrency: inspections at once.
    """
    product = write_tiny_product(folder / "known").product if experts else None
    write_parts(folder / "parts", n=n)
    base = Job(folder / "through/run", folder / "parts", "", product, concurrency)
    through = _run(base, n=n, n_kills=0, seed=seed)
    killed = _run(base._replace(out=folder / "killed/run"), n=n, n_kills=n_kills, seed=seed)
    lines = read_rows(killed.out / FILE, BatchRow)
    return Outcome(
        n_kills=len(killed.rows_at_kills),
        n_orders=n,
        n_rows=len({row.task for row in lines}),
        n_lines=len(lines),
        rows_at_kills=killed.rows_at_kills,
        differing=[
            *differing(read_rows(through.out / FILE, BatchRow), lines),
            *unlike_records(killed.out, lines),
        ],
        statuses=dict(Counter(row.status for row in lines)),
        n_unasked=sum(UNASKED in row.reason for row in lines),
        n_requests=killed.n_requests,
        n_requests_through=through.n_requests,
        seconds=killed.seconds,
        seconds_through=through.seconds,
    )


class _Ran(NamedTuple):
    """A run that ended, killed or not."""

    out: Path
    rows_at_kills: list[int]
    n_requests: int
    seconds: float


def _run(job: Job, *, n: int, n_kills: int, seed: int) -> _Ran:
    # A fault that passes must meet each run for the first time.
    with loopback_endpoint({MODEL: FailsByContent(PlateJudge())}) as endpoint:
        job = job._replace(base_url=endpoint.base_url)
        if job.product is not None:
            _know(job.product, home=job.out.parent / "home")
        started = time.monotonic()
        start = forks(PRELOADED, run_job)(job)
        target = Target(start, job.out, begun=job.out / "checkpoints.sqlite")
        at_kills = list(kill_at_random(target, n_kills=n_kills, seed=seed, n_rows=n))
        finish(start())
        return _Ran(job.out, at_kills, endpoint.record.n_requests, time.monotonic() - started)


def _know(product: Path, *, home: Path) -> None:
    from agent.home import open_home
    from agent.settings import load_settings

    with open_home(load_settings(home=home)) as store:
        store.add(product)


def differing(rows: Sequence[BatchRow], others: Sequence[BatchRow]) -> list[str]:
    """Files whose rows are not in both, are in one more than once, or came out otherwise."""
    twice = [row.asset for row in others if Counter(o.task for o in others)[row.task] > 1]
    ours, theirs = _by_task(rows), _by_task(others)
    names = {row.task: row.asset for row in (*rows, *others)}
    apart = [task for task in ours.keys() | theirs.keys() if ours.get(task) != theirs.get(task)]
    return sorted({*twice, *(names[task] for task in apart)})


def _by_task(rows: Sequence[BatchRow]) -> Mapping[str, dict[str, object]]:
    return {row.task: row.model_dump(exclude=UNEQUAL) for row in rows}


def unlike_records(run: Path, rows: Sequence[BatchRow]) -> list[str]:
    """Files whose record is not there, or is not what the row tells of it."""
    return [row.asset for row in rows if not _is_told(run, row)]


def _is_told(run: Path, row: BatchRow) -> bool:
    path = run / "inspections" / row.inspection / "inspection.json"
    if not path.is_file():
        return False
    record = Inspection.model_validate_json(path.read_bytes())
    told = (record.verdict.decision, record.verdict.status, record.asset.sha256)
    return told == (row.decision, row.status, row.sha256)


def main(
    n_kills: Annotated[int, typer.Option("--n", min=1, help="Kills.")] = 100,
    n_parts: Annotated[int, typer.Option("--parts", min=12, help="Plates.")] = 2000,
    experts: Annotated[bool, typer.Option(help="With an expert that knows the product.")] = True,
    concurrency: Annotated[int, typer.Option(min=1)] = 8,
    seed: int = 0,
) -> None:
    """Kill a batch again and again, and compare it with one that nobody killed."""
    with tempfile.TemporaryDirectory(prefix="loupe-kills-") as folder:
        found = compare(
            Path(folder),
            n=n_parts,
            n_kills=n_kills,
            seed=seed,
            experts=experts,
            concurrency=concurrency,
        )
    typer.echo(f"{HEAD}\n{found.line()}")
    for name in found.differing[:20]:
        typer.echo(f"differs: {name}")
    if found.n_unasked:
        typer.echo(f"{found.n_unasked} rows while the model was left alone: repeat when idle")
    given = f"--n {n_kills} --parts {n_parts} --seed {seed}{'' if experts else ' --no-experts'}"
    typer.echo(
        f"\n`python -m evals.benchmarks.batch_kills {given}`,"
        f" commit {commit_name()}, {machine_name()}, {utc_now()}."
    )
    raise typer.Exit(1 if found.differing or found.n_lines != n_parts else 0)


if __name__ == "__main__":
    typer.run(main)
