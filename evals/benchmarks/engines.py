"""One batch by each engine, and by a plain loop: ``python -m evals.benchmarks.engines``.

Two settings: a VLM of one second in another process, asked once for each small picture, or in
several rounds, with so many in flight, where the ideal is that nothing but those seconds counts;
and the embedded mind, where the processors are the limit. Ray's workers start within the run, which
takes seconds once: so the rate is told of the whole run, and from the first full load on, also
without the last load: towards the end there are no further pictures to keep so many in flight.
Figures of one machine at one moment; tests assert none of them.
"""

from __future__ import annotations

import asyncio
import base64
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NamedTuple

import typer

from agent.batch.engines.contract import EngineChoice
from evals.benchmarks.served import Served, Wanted, served
from evals.benchmarks.tiny_product import PRODUCT, tiny_plate, write_tiny_product
from evals.benchmarks.tools_alone import tools_alone
from evals.tables.provenance import commit_name, machine_name, utc_now

IN_FLIGHT = 64
MODEL = "engines"
N_LOOP = 8
"""Pictures of the plain loop: more tell nothing new."""


class Measured(NamedTuple):
    """One run."""

    what: str
    n: int
    n_failed: int
    """Failed or degraded."""
    wall_s: float
    """From the command to the last row on the disc."""
    settled_s: float
    """From the first full load to the last row."""
    n_settled: int
    """Rows of that time."""
    full_s: float = 0.0
    """From the first full load to the last one, while so many were in flight."""
    n_full: int = 0
    """Rows of that time; 0 where there were too few pictures."""

    @property
    def rate(self) -> float:
        """Rows a second, from the first full load on."""
        return self.n_settled / self.settled_s if self.settled_s else 0.0

    def in_full(self, ideal: float) -> str:
        """Two further cells: the rate while so many were in flight, and its share of the ideal."""
        if not self.n_full:
            return " - | - |"
        rate = self.n_full / self.full_s
        return f" {rate:.2f} | {f'{rate / ideal:.1%}' if ideal else '-'} |"

    def line(self, ideal: float) -> str:
        """The row as Markdown; the ideal in rows a second, 0 where there is none."""
        shares = (self.n / self.wall_s, self.rate)
        told = [f"{one / ideal:.1%}" if ideal else "-" for one in shares]
        return (
            f"| {self.what} | {self.n} | {self.n_failed} | {self.wall_s:.1f} | {shares[0]:.2f} "
            f"| {told[0]} | {self.rate:.2f} | {told[1]} |"
        )


def main(
    n: Annotated[int, typer.Option(min=2, help="Pictures for the VLM.")] = 10 * IN_FLIGHT,
    n_tools: Annotated[
        int, typer.Option(min=0, help="Pictures for the embedded mind; 0: without it.")
    ] = 100,
    in_flight: Annotated[int, typer.Option(min=1, help="Calls of the VLM at once.")] = IN_FLIGHT,
    inspections: Annotated[
        int,
        typer.Option(min=0, help="At once: some are read or written while others ask. 0: as calls"),
    ] = 0,
    workers: Annotated[int, typer.Option(min=2, help="Processes.")] = 2,
    with_ray: Annotated[bool, typer.Option("--ray/--no-ray", help="Also Ray's workers.")] = True,
    latency: Annotated[float, typer.Option(min=0.01, help="Seconds for each answer.")] = 1.0,
    rounds: Annotated[
        int, typer.Option(min=1, help="Of each inspection; 1: the strategy direct.")
    ] = 1,
    pages: Annotated[str, typer.Option(help="all, or told; each part is normal here.")] = "all",
) -> None:
    """Measure both engines and a plain loop."""
    engines = {
        "one process": EngineChoice(),
        f"{workers} processes": EngineChoice(workers=workers),
        f"ray, {workers} workers": EngineChoice("ray", "", workers),
    }
    if not with_ray:
        del engines[f"ray, {workers} workers"]
    ideal = in_flight / latency / rounds
    lines = [
        f"| {in_flight} in flight | n | not decided | wall, s | rows a second | of the ideal "
        "| from full load on | of the ideal | while so many are in flight | of the ideal "
        "| most calls at once |",
        "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |",
    ]
    model = Wanted(MODEL, "look_up", {"query": "dark spot"}, rounds)
    with tempfile.TemporaryDirectory() as name, served([model], latency_s=latency) as endpoint:
        folder = Path(name)
        parts = write_parts(folder / "parts", max(n, n_tools))
        lines.append(f"{plain_loop(parts[:N_LOOP], endpoint).line(ideal)} - | - | 1 |")
        endpoint.most_at_once()
        for what, engine in engines.items():
            asked: dict[str, Any] = {
                "model": MODEL,
                "base_url": endpoint.base_url,
                "strategy": "direct" if rounds == 1 else "rounds",
                "max_rounds": rounds,
                "concurrency": inspections or in_flight,
                "vlm_concurrency": in_flight if inspections else 4 * in_flight,
                "pages": pages,
            }
            home = folder / f"asked {what}"
            measured = run(f"VLM, {what}", parts[:n], home, engine, **asked)
            most = endpoint.most_at_once()
            lines.append(f"{measured.line(ideal)}{measured.in_full(ideal)} {most} |")
        alone = 0.0
        if n_tools:
            home = folder / "tools alone"
            product = learned(home, folder / "product alone")
            alone = tools_alone(parts[:n_tools], home, product=product, workers=workers)
        for what, engine in engines.items() if n_tools else ():
            home = folder / f"tools {what}"
            with_product = {"product": learned(home, folder / f"product {what}")}
            tools = run(
                f"embedded, {what}",
                parts[:n_tools],
                home,
                engine,
                concurrency=2 * (os.cpu_count() or 1),
                pages=pages,
                **with_product,
            )
            lines.append(f"{tools.line(alone)}{tools.in_full(alone)} - |")
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    lines.append(
        f"\nIdeal: {ideal:.3g} rows a second; for the embedded mind what tools and mind reach "
        f"alone in {workers} processes, {alone:.2f}; load {load}. "
        "`python -m evals.benchmarks.engines "
        f"--n {n} --n-tools {n_tools} --in-flight {in_flight} --inspections {inspections} "
        f"--workers {workers} "
        f"--rounds {rounds} --pages {pages}`, commit {commit_name()}, {machine_name()}, "
        f"{utc_now()}."
    )
    typer.echo("\n".join(lines))


def write_parts(folder: Path, n: int) -> list[Path]:
    """Small pictures, each another."""
    from PIL import Image

    folder.mkdir(parents=True)
    paths = [folder / f"{number:05}.png" for number in range(n)]
    for number, path in enumerate(paths):
        Image.fromarray(tiny_plate(100 + number)).save(path)
    return paths


def learned(home: Path, folder: Path) -> str:
    """The tiny product in a home, learned."""
    from agent.settings import load_settings
    from agent.workshop import Workshop

    with Workshop(load_settings(home=home)) as workshop:
        workshop.store.add(write_tiny_product(folder).product)
        workshop.models.model(PRODUCT)
    return PRODUCT


def run(
    what: str,
    parts: Sequence[Path],
    home: Path,
    engine: EngineChoice,
    *,
    product: str | None = None,
    **settings: Any,
) -> Measured:
    """One batch in a home of its own.

    Args:
        what: in the table.
        parts: pictures.
        home: folder.
        engine: that does it.
        product: of all parts; none is known where None.
        **settings: of Loupe.
    """
    from agent.batch.setting_up import run_orders
    from agent.batch.wanted import Wanted as Batch
    from agent.run_folder import RunFolder
    from agent.settings import load_settings

    wanted = Batch(
        named=tuple(map(str, parts)),
        settings=load_settings(home=home, keep_cases="none", **settings),
        product=product,
        keep_answers=False,
        engine=engine,
    )
    times: list[float] = []
    started = perf_counter()
    ended = asyncio.run(
        run_orders(
            wanted,
            wanted.orders(),
            RunFolder(home / "runs" / "one"),
            tell_row=lambda row: times.append(perf_counter()),
        )
    )
    full = min(wanted.settings.concurrency, len(times) // 2)
    before_last = len(times) - full - 1
    return Measured(
        what,
        len(parts),
        sum(row.status != "decided" for row in ended.rows),
        times[-1] - started,
        times[-1] - times[full - 1] if full else 0.0,
        len(times) - full,
        times[before_last] - times[full - 1] if before_last >= 2 * full else 0.0,
        before_last - full + 1 if before_last >= 2 * full else 0,
    )


def plain_loop(parts: Sequence[Path], endpoint: Served, *, model: str = MODEL) -> Measured:
    """Ask a model about one picture after the other, and do nothing else."""
    from openai import OpenAI

    client = OpenAI(base_url=endpoint.base_url, api_key="none")
    times = [perf_counter()]
    for path in parts:
        data = base64.b64encode(path.read_bytes()).decode()
        picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
        content: Any = [{"type": "text", "text": "Is this part anomalous?"}, picture]
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}])
        times.append(perf_counter())
    client.close()
    seconds = times[-1] - times[0]
    return Measured("VLM, plain loop", len(parts), 0, seconds, seconds, len(parts))


if __name__ == "__main__":
    typer.run(main)
