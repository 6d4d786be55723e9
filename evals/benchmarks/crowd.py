"""Many inspections at once against a slow VLM: ``python -m evals.benchmarks.crowd``.

The endpoint is another process and takes one second for each answer. Ideal is that nothing but
those seconds counts: the calls of an inspection that must follow each other, times the inspections,
over those in flight. With the experts' survey, which needs the processor, no orchestrator can be
faster than the survey's own processor time over all cores: that time is measured in the same run,
by the same parts without a model, and the larger of both is the ideal.
Figures of one machine at one moment; tests assert none of them.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Annotated, NamedTuple

import typer

from evals.benchmarks.served import Served, Wanted, served
from evals.benchmarks.tiny_product import PRODUCT, tiny_plate, write_tiny_product
from evals.tables.provenance import commit_name, machine_name, utc_now

IN_FLIGHT = 64
WANTED = 0.9


class Crowd(NamedTuple):
    """One run of many inspections."""

    what: str
    n: int
    n_failed: int
    """Not decided, or degraded."""
    n_rounds: int
    """Calls of an inspection that follow each other."""
    latency_s: float
    """Of the calls alone."""
    tools_s: float
    """Processor time of the same parts without a model, over all cores; 0 where not measured."""
    wall_s: float
    cpu_s: float
    """Of this process, all threads."""

    def line(self) -> str:
        """The row as Markdown."""
        share = max(self.latency_s, self.tools_s) / self.wall_s
        each = 1e3 * self.cpu_s / self.n
        return (
            f"| {self.what} | {self.n} | {self.n_failed} | {self.latency_s:.1f} "
            f"| {self.tools_s:.1f} | {self.wall_s:.1f} | {share:.1%} | {each:.0f} |"
        )


def main(
    n: Annotated[int, typer.Option(min=IN_FLIGHT, help="Inspections.")] = 4 * IN_FLIGHT,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of each.")] = 6,
    latency: Annotated[float, typer.Option(min=0.01, help="Seconds for each answer.")] = 1.0,
    surveyed: Annotated[
        bool, typer.Option(help="Also with the experts' work, which needs the processor.")
    ] = True,
) -> None:
    """Measure the share of the ideal throughput."""
    lines = [
        f"| {IN_FLIGHT} in flight, {latency:g} s for each answer | n | not decided "
        "| latency alone, s | tools alone, s | wall, s | share of the larger | CPU of one, ms |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    model = Wanted("crowd", "look_up", {"query": "dark spot"}, rounds)
    with tempfile.TemporaryDirectory() as name, served([model], latency_s=latency) as endpoint:
        folder = Path(name)
        alone = _crowd(folder / "alone", endpoint, n=n, rounds=rounds, latency=latency)
        lines.append(alone.line())
        if surveyed:
            crowd = partial(_crowd, n=n, rounds=rounds, latency=latency, with_product=True)
            tools, both = crowd(folder / "tools", None), crowd(folder / "both", endpoint)
            tools_s = tools.cpu_s / (os.cpu_count() or 1)
            lines += [one._replace(tools_s=tools_s).line() for one in (tools, both)]
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    lines.append(
        f"\nWanted: {WANTED:.0%} for the orchestrator. {rounds} rounds each, the judgement at "
        f"first sight beside the first; load {load}. `python -m evals.benchmarks.crowd --n {n}`, "
        f"commit {commit_name()}, {machine_name()}, {utc_now()}."
    )
    typer.echo("\n".join(lines))


def _crowd(
    folder: Path,
    endpoint: Served | None,
    *,
    n: int,
    rounds: int,
    latency: float,
    with_product: bool = False,
) -> Crowd:
    """Inspect n parts of 96 px; without a product no expert has anything to say.

    Without an endpoint the experts decide alone.
    """
    from PIL import Image

    from agent.inspector import Inspector
    from agent.settings import load_settings

    (folder / "parts").mkdir(parents=True)
    paths = [folder / "parts" / f"{number:04}.png" for number in range(n + 1)]
    for number, path in enumerate(paths):
        Image.fromarray(tiny_plate(100 + number)).save(path)
    settings = load_settings(
        home=folder / "home",
        **({"model": "crowd", "base_url": endpoint.base_url} if endpoint else {}),
        strategy="rounds" if endpoint else "expert",
        concurrency=IN_FLIGHT,
        vlm_concurrency=4 * IN_FLIGHT,
        max_rounds=rounds,
        keep_cases="none",
    )
    with Inspector(settings) as inspector:
        if with_product:
            inspector.add_product(write_tiny_product(folder).product)
        product = PRODUCT if with_product else None
        n_rounds = rounds if endpoint else 0
        return asyncio.run(_measured(inspector, paths, product, rounds=n_rounds, latency=latency))


async def _measured(
    inspector: object, paths: list[Path], product: str | None, *, rounds: int, latency: float
) -> Crowd:
    from agent.inspector import Inspector

    assert isinstance(inspector, Inspector)
    first, *others = paths
    await inspector.ainspect(first, product)
    n_failed = 0
    started, cpu = perf_counter(), process_time()
    async for one in inspector.inspect_many(others, product):
        n_failed += one.verdict.status != "decided" or len(one.rounds) != rounds
    wall, cpu = perf_counter() - started, process_time() - cpu
    what = "with the experts' survey" if rounds else "the experts' survey, no model"
    return Crowd(
        what="the orchestrator alone" if product is None else what,
        n=len(others),
        n_failed=n_failed,
        n_rounds=rounds,
        latency_s=len(others) / IN_FLIGHT * rounds * latency,
        tools_s=0.0,
        wall_s=wall,
        cpu_s=cpu,
    )


if __name__ == "__main__":
    typer.run(main)
