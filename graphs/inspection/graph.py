"""The state machine of one inspection. Knows no files, no settings and no faces."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache, wraps
from time import perf_counter
from typing import Any, Protocol, TypeAlias

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from graphs.inspection.budget import recursion_limit
from graphs.inspection.context import Budget, Context
from graphs.inspection.nodes import act, ask, judge, load, look, recall, record, survey
from graphs.inspection.routes import after_act, after_judge, after_look, after_recall, after_survey
from graphs.inspection.state import InspectionInput, InspectionOutput, State
from graphs.journal import NodeLine, now
from graphs.records import TraceEvent

InspectionGraph: TypeAlias = CompiledStateGraph[State, Context, InspectionInput, InspectionOutput]


class Node(Protocol):
    """A step of the graph: returns only what changed."""

    def __call__(self, state: State, runtime: Runtime[Context]) -> Awaitable[dict[str, Any]]: ...


NODES: dict[str, Node] = {
    "load": load,
    "recall": recall,
    "survey": survey,
    "look": look,
    "act": act,
    "judge": judge,
    "ask": ask,
    "record": record,
}


ROUTES: dict[str, Callable[[State, Runtime[Context]], str]] = {
    "recall": after_recall,
    "survey": after_survey,
    "look": after_look,
    "act": after_act,
    "judge": after_judge,
}
"""Where it goes after a node."""


def build_inspection_graph(
    checkpointer: BaseCheckpointSaver[Any] | None = None,
) -> InspectionGraph:
    """Build `load -> recall -> survey -> look <-> act -> judge -> (ask) -> record`.

    Args:
        checkpointer: of this graph; those of other callers share all but it.
    """
    return _compiled().copy(update={"checkpointer": checkpointer})


@lru_cache(maxsize=1)
def _compiled() -> InspectionGraph:
    """The graph without a checkpointer: every inspection has one, and compiling takes 8 ms."""
    graph = StateGraph(
        State,
        context_schema=Context,
        input_schema=InspectionInput,
        output_schema=InspectionOutput,
    )
    for name, node in NODES.items():
        graph.add_node(name, node if name == "record" else traced(name, node))
    graph.add_edge(START, "load")
    graph.add_edge("load", "recall")
    for name, route in ROUTES.items():
        graph.add_conditional_edges(name, awaited(route))
    graph.add_edge("ask", "record")
    graph.add_edge("record", END)
    return graph.compile(name="inspection")


def run_config(thread_id: str, budget: Budget) -> RunnableConfig:
    """Configuration of one run: its thread, and as many steps as the budget allows."""
    return {
        "configurable": {"thread_id": thread_id},
        "recursion_limit": recursion_limit(budget),
    }


def awaited(
    route: Callable[[State, Runtime[Context]], str],
) -> Callable[[State, Runtime[Context]], Awaitable[str]]:
    """A route that runs in the loop: LangGraph sends one that is not asynchronous to a thread."""

    @wraps(route)
    async def chosen(state: State, runtime: Runtime[Context]) -> str:
        return route(state, runtime)

    return chosen


def traced(name: str, node: Node) -> Node:
    """A node that also records its wall-clock seconds."""

    async def timed(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
        started = perf_counter()
        update = await node(state, runtime)
        detail = str(update.pop("detail", ""))
        event = TraceEvent(node=name, seconds=perf_counter() - started, detail=detail)
        runtime.context.journal.write(
            NodeLine(at=now(), node=name, seconds=event.seconds, detail=detail)
        )
        return {**update, "trace": [event]}

    return timed
