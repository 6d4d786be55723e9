"""The orchestrator's own cost for each round of a VLM: ``python -m evals.benchmarks.rounds``.

The same part is inspected with few and with many rounds of a cheap tool against an endpoint in
another process. The slope of the time, without the tool's own and without the same requests sent
bare by httpx, is what Loupe adds to a round: prompts, pictures, client, checkpoints, trace and
page. Figures of one machine at one moment; tests assert none of them.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Annotated, NamedTuple

import httpx
import numpy as np
import typer

from evals.benchmarks.served import Served, Wanted, served
from evals.benchmarks.tiny_product import write_tiny_product
from evals.tables.provenance import commit_name, machine_name, utc_now

if TYPE_CHECKING:
    from agent.inspector import Inspector
    from graphs.records import Inspection

FEW, MANY = 2, 18
BUDGET_S = 0.010
LOOK_UP = {"query": "dark spot"}


class Case(NamedTuple):
    """A product and a part of it."""

    what: str
    product: Path
    part: Path


class Costs(NamedTuple):
    """Seconds of one inspection in its rounds; without load, recall, survey, judge and record."""

    rounds: float
    tools: float
    calls: float
    """From request to reply, as the mind sees them."""
    look: float
    """The node, its call included."""
    act: float
    """The node, its tools included."""
    page: float
    """Of writing the report once more."""
    bare: float
    """The same requests by httpx."""
    cpu: float
    """Of this process, over the whole inspection; what else runs on the machine adds nothing."""


def cases(folder: Path) -> list[Case]:
    """A tiny part, and one of 768 px with its references."""
    from evals.samples.plate import PRODUCT, case_folder

    tiny = write_tiny_product(folder)
    plate = case_folder()
    return [
        Case("96 x 96 px", tiny.product, tiny.normal),
        Case("768 x 768 px", plate / PRODUCT, plate / f"{PRODUCT}-parts" / "part_1.jpg"),
    ]


def main(
    n: Annotated[int, typer.Option(min=2, help="Inspections with few, and with many rounds.")] = 10,
) -> None:
    """Measure what a round costs beside the model and the tools."""
    wanted = [Wanted(f"rounds-{k}", "look_up", LOOK_UP, k) for k in (FEW, MANY)]
    lines = [
        "| for each round, ms | 25 % | median | 75 % |",
        "| --- | --: | --: | --: |",
    ]
    with tempfile.TemporaryDirectory() as name, served(wanted) as endpoint:
        for case in cases(Path(name)):
            few, many = asyncio.run(measure(case, Path(name) / case.product.name, endpoint, n=n))
            lines += _lines(case.what, few, many)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    lines.append(
        f"\nn = {n} inspections of {FEW} and of {MANY} rounds each, budget {1e3 * BUDGET_S:g} ms; "
        f"load {load}. `python -m evals.benchmarks.rounds --n {n}`, commit {commit_name()}, "
        f"{machine_name()}, {utc_now()}."
    )
    typer.echo("\n".join(lines))


async def measure(
    case: Case, folder: Path, endpoint: Served, *, n: int
) -> tuple[list[Costs], list[Costs]]:
    """Costs of n inspections of few and of many rounds, in turn, after one of each to warm up.

    Args:
        case: what is inspected.
        folder: of the homes.
        endpoint: serves `rounds-2` and `rounds-18`.
        n: how often.
    """
    found: dict[int, list[Costs]] = {FEW: [], MANY: []}
    inspectors = {k: _inspector(folder / f"{k}", f"rounds-{k}", endpoint, case) for k in found}
    endpoint.bodies()
    async with httpx.AsyncClient(base_url=endpoint.base_url, timeout=30) as client:
        try:
            for _ in range(n + 1):
                for k, inspector in inspectors.items():
                    found[k].append(await _costs(inspector, case, endpoint, client))
        finally:
            for inspector in inspectors.values():
                inspector.close()
    return found[FEW][1:], found[MANY][1:]


def _inspector(home: Path, model: str, endpoint: Served, case: Case) -> Inspector:
    from agent.inspector import Inspector
    from agent.settings import load_settings

    settings = load_settings(
        home=home, model=model, base_url=endpoint.base_url, max_rounds=0, concurrency=1
    )
    inspector = Inspector(settings)
    inspector.__enter__()
    inspector.add_product(case.product)
    return inspector


async def _costs(
    inspector: Inspector, case: Case, endpoint: Served, client: httpx.AsyncClient
) -> Costs:
    from agent.run_folder import RunFolder
    from agent.trace import read_trace

    inspector.run = RunFolder.new(inspector.settings.home / "runs")
    started, cpu = perf_counter(), process_time()
    inspection = await inspector.ainspect(case.part, case.product.name)
    wall, cpu = perf_counter() - started, process_time() - cpu
    nodes = {name: _of_node(inspection, name) for name in ("look", "act")}
    others = sum(one.seconds for one in inspection.trace) - sum(nodes.values())
    calls = read_trace(inspector.run.trace_path(inspection.id)).calls
    page = _page_seconds(inspector, inspection)
    bare = await _bare(client, endpoint.bodies())
    # The bare ones are no requests of the next inspection.
    endpoint.bodies()
    return Costs(
        rounds=wall - others,
        tools=inspection.usage.tool_seconds.get("look_up", 0.0),
        calls=sum(call.seconds for call in calls if call.request.purpose == "look"),
        page=page,
        bare=bare,
        cpu=cpu,
        **nodes,
    )


def _of_node(inspection: Inspection, name: str) -> float:
    return sum(one.seconds for one in inspection.trace if one.node == name)


def _page_seconds(inspector: Inspector, inspection: Inspection) -> float:
    from agent.report.files import write_inspection_page
    from tools.artifacts import ArtifactFolder

    artifacts = ArtifactFolder(inspector.run.artifacts)
    started = perf_counter()
    write_inspection_page(inspector.run, inspection, product=None, artifacts=artifacts)
    return perf_counter() - started


async def _bare(client: httpx.AsyncClient, bodies: Sequence[bytes]) -> float:
    started = perf_counter()
    for body in bodies:
        headers = {"content-type": "application/json"}
        answer = await client.post("/chat/completions", content=body, headers=headers)
        answer.raise_for_status()
        answer.json()
    return perf_counter() - started


def _lines(what: str, few: Sequence[Costs], many: Sequence[Costs]) -> list[str]:
    def slope(of: str) -> np.ndarray:
        pairs = zip(few, many, strict=True)
        return np.array([(getattr(b, of) - getattr(a, of)) / (MANY - FEW) for a, b in pairs])

    whole, tools, bare = slope("rounds"), slope("tools"), slope("bare")
    look, calls, act, page = slope("look"), slope("calls"), slope("act"), slope("page")
    rows = {
        "the orchestrator's own": whole - tools - bare,
        "- client: messages, pictures, ChatOpenAI": calls - bare,
        "- look beside its call: prompt, reading, trace": look - calls,
        "- act beside its tools": act - tools,
        "- page of the report": page,
        "- outside: graph, checkpoint, records": whole - look - act - page,
        "CPU time of the process, without the tool's": slope("cpu") - tools,
        "beside it, the tool": tools,
        "beside it, the same requests bare by httpx": bare,
    }
    return [_line(f"{what}: {name}", values) for name, values in rows.items()]


def _line(name: str, seconds: np.ndarray) -> str:
    quantiles = 1e3 * np.quantile(seconds, [0.25, 0.5, 0.75])
    return f"| {name} | " + " | ".join(f"{one:.1f}" for one in quantiles) + " |"


if __name__ == "__main__":
    typer.run(main)
