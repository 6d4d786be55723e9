"""The nodes of inspections one after the other, in processes of their own: tools and mind alone.

Without LangGraph, checkpoints, trace, records, pages and orders: what a batch is measured against
where the tools are the limit.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphs.inspection.context import Context
    from graphs.inspection.state import State

PATIENCE_S = 300.0


def tools_alone(parts: Sequence[Path], home: Path, *, product: str, workers: int) -> float:
    """Pictures a second, from the moment on at which every process is ready.

    Args:
        parts: pictures.
        home: with the product, learned; each process works on a copy.
        product: of all parts.
        workers: processes, each with its share of the processors.

    Raises:
        TimeoutError: a process did not start or end in time.
    """
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    for number in range(workers):
        copied = home.with_name(f"{home.name} alone {number}")
        shutil.copytree(home, copied)
        ours, theirs = multiprocessing.Pipe()
        share = [str(path) for path in parts[number::workers]]
        given = (theirs, str(copied), share, product, workers)
        context.Process(target=_serve, args=given, daemon=True).start()
        pipes.append(ours)
    for pipe in pipes:
        _heard(pipe)
    started = perf_counter()
    for pipe in pipes:
        pipe.send("go")
    done = sum(_heard(pipe) for pipe in pipes)
    return done / (perf_counter() - started)


def _heard(pipe: Connection) -> int:
    if not pipe.poll(PATIENCE_S):
        raise TimeoutError(f"a process of tools alone said nothing for {PATIENCE_S:g} s")
    told: int = pipe.recv()
    return told


def _serve(pipe: Connection, home: str, parts: list[str], product: str, workers: int) -> None:
    os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // workers))
    from agent.settings import load_settings
    from agent.workshop import Workshop
    from graphs.journal import NoJournal

    with Workshop(load_settings(home=Path(home))) as workshop:

        def context() -> Context:
            artifacts = Path(home) / "artifacts"
            return workshop.context(artifacts, journal=NoJournal(), cases_before="")

        asyncio.run(inspected(parts[0], product, context()))
        pipe.send(0)
        pipe.recv()
        for path in parts:
            asyncio.run(inspected(path, product, context()))
        pipe.send(len(parts))


async def inspected(path: str, product: str, context: Context) -> State:
    """All nodes but the record, in the order that their routes say."""
    from langgraph.runtime import Runtime

    from graphs.inspection.graph import NODES, ROUTES
    from graphs.inspection.state import State, taken_in

    state, runtime = State(path=path, product=product), Runtime(context=context)
    name = "load"
    while name != "record":
        update: dict[str, Any] = await NODES[name](state, runtime)
        update.pop("detail", None)
        state = taken_in(state, update)
        name = ROUTES[name](state, runtime) if name in ROUTES else "recall"
    return state
