"""The state machine of one inspection. Knows no files, no settings and no faces."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache
from time import perf_counter
from typing import Any, Protocol, TypeAlias, get_args, get_type_hints

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from graphs.inspection.budget import recursion_limit
from graphs.inspection.context import Budget, Context
from graphs.inspection.nodes import act, ask, judge, load, look, recall, record, survey
from graphs.inspection.routes import after_act, after_judge, after_look, after_recall, after_survey
from graphs.inspection.state import InspectionInput, InspectionOutput, State, changed, taken_in
from graphs.journal import NodeLine, now
from graphs.records import TraceEvent

InspectionGraph: TypeAlias = CompiledStateGraph[State, Context, InspectionInput, InspectionOutput]


class Node(Protocol):
    """A step of the graph: returns only what changed."""

    def __call__(self, state: State, runtime: Runtime[Context]) -> Awaitable[dict[str, Any]]: ...


class RoutedNode(Protocol):
    """A step that also says which one is next."""

    def __call__(self, state: State, runtime: Runtime[Context]) -> Awaitable[Command[Any]]: ...


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


Route: TypeAlias = Callable[[State, Runtime[Context]], str]

ROUTES: dict[str, Route] = {
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
    return _with_checkpoints(checkpointer)


@lru_cache(maxsize=8)
def _with_checkpoints(checkpointer: BaseCheckpointSaver[Any] | None) -> InspectionGraph:
    """The same for all inspections that share a checkpointer: a copy takes a fifth of one of ms."""
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
        step = node if name == "record" else traced(name, node)
        route = ROUTES.get(name)
        if route is None:
            graph.add_node(name, step)
        else:
            graph.add_node(name, routed(step, route), destinations=destinations(route))
    graph.add_edge(START, "load")
    graph.add_edge("load", "recall")
    graph.add_edge("ask", "record")
    graph.add_edge("record", END)
    return graph.compile(name="inspection")


def run_config(thread_id: str, budget: Budget) -> RunnableConfig:
    """Configuration of one run: its thread, and as many steps as the budget allows."""
    return {
        "configurable": {"thread_id": thread_id},
        "recursion_limit": recursion_limit(budget),
    }


def destinations(route: Route) -> tuple[str, ...]:
    """Where a route may go, as its return type says."""
    return get_args(get_type_hints(route)["return"])


def routed(node: Node, route: Route) -> RoutedNode:
    """A node that says where it goes next.

    As a conditional edge LangGraph would read the whole state anew for the route, from copies of
    all channels: an eighth of what it costs in a round.
    """

    async def going(state: State, runtime: Runtime[Context]) -> Command[Any]:
        update = await node(state, runtime)
        return Command(update=update, goto=route(taken_in(state, update), runtime))

    return going


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
        return {**changed(state, update), "trace": [event]}

    return timed
