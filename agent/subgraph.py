"""Loupe as a graph that somebody else's graph takes in as a node. Knows no state of theirs.

The parent's state shares the channels `path`, `product`, `labels` and `inspection` by name. Where
a person must decide, the parent is interrupted with the question, and goes on with
`Command(resume="normal" | "anomalous" | "review")`; the parent needs a checkpointer for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from agent.inspector import Inspector


@dataclass(kw_only=True)
class PartInput:
    """What is to be inspected."""

    path: str
    product: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    """Of the part: station, lot, time."""


@dataclass(kw_only=True)
class PartOutput:
    """What was found."""

    inspection: dict[str, Any] = field(default_factory=dict)
    """The whole record as JSON values; see `loupe schema`."""


@dataclass(kw_only=True)
class PartState(PartInput, PartOutput):
    """One part on its way."""

    waiting: dict[str, Any] = field(default_factory=dict)
    """The thread and the question, where a person must decide; else empty."""


def build_loupe_graph(
    inspector: Inspector,
) -> CompiledStateGraph[PartState, None, PartInput, PartOutput]:
    """Build `inspect -> (decide) -> end` around an Inspector.

    Args:
        inspector: that inspects; whoever made it closes it.
    """
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import interrupt

    from agent.pursuit import Waiting

    async def inspect(state: PartState) -> dict[str, Any]:
        found = await inspector.pursue(Path(state.path), state.product, labels=state.labels)
        return _found(found)

    async def decide(state: PartState) -> dict[str, Any]:
        answer = str(interrupt(state.waiting["question"]))
        waiting = Waiting(state.waiting["thread"], state.waiting["question"])
        found = await inspector.decide(
            waiting, answer, path=Path(state.path), product=state.product
        )
        return _found(found)

    def after(state: PartState) -> Literal["decide", "__end__"]:
        return "decide" if state.waiting else "__end__"

    graph = StateGraph(PartState, input_schema=PartInput, output_schema=PartOutput)
    graph.add_node("inspect", inspect)
    graph.add_node("decide", decide)
    graph.add_edge(START, "inspect")
    graph.add_conditional_edges("inspect", after, ["decide", END])
    graph.add_conditional_edges("decide", after, ["decide", END])
    return graph.compile(name="loupe")


def _found(found: Any) -> dict[str, Any]:
    from agent.pursuit import Waiting

    if isinstance(found, Waiting):
        return {"waiting": {"thread": found.thread, "question": found.question}}
    return {"inspection": found.model_dump(mode="json"), "waiting": {}}
