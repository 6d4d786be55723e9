"""The state machine of one turn of a conversation. Knows no files, no settings and no faces."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import lru_cache, wraps
from time import perf_counter
from typing import Any, Protocol, TypeAlias

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from graphs.conversation.contract import TalkContext
from graphs.conversation.nodes import act, answer, listen, think
from graphs.conversation.routes import after_answer, after_think
from graphs.conversation.state import TalkInput, TalkState
from graphs.journal import NodeLine, now

TalkGraph: TypeAlias = CompiledStateGraph[TalkState, TalkContext, TalkInput, TalkState]


class Node(Protocol):
    """A step of the graph: returns only what changed."""

    def __call__(
        self, state: TalkState, runtime: Runtime[TalkContext]
    ) -> Awaitable[dict[str, Any]]: ...


NODES: dict[str, Node] = {"listen": listen, "think": think, "act": act, "answer": answer}
RECORDS = (
    ("graphs.conversation.records", ("Source", "ShownPicture", "GivenAsset", "SeenInspection")),
    ("graphs.conversation.records", ("PendingReview",)),
    ("graphs.conversation.records", ("Change", "Hypothesis", "Document", "Step", "TalkTurn")),
    ("graphs.conversation.state", ("TalkInput",)),
    ("graphs.records", ("ToolCall", "Usage")),
)
"""Every record that a channel may hold; msgpack restores these and nothing else."""


def build_conversation_graph(
    checkpointer: BaseCheckpointSaver[Any] | None = None,
) -> TalkGraph:
    """Build `listen -> think <-> act, think -> answer`; a refused answer goes back to `think`.

    Args:
        checkpointer: of this graph; those of other callers share all but it.
    """
    return _compiled().copy(update={"checkpointer": checkpointer})


@lru_cache(maxsize=1)
def _compiled() -> TalkGraph:
    """The graph without a checkpointer: every turn has one, and compiling takes 25 ms."""
    graph = StateGraph(TalkState, context_schema=TalkContext, input_schema=TalkInput)
    for name, node in NODES.items():
        graph.add_node(name, journaled(name, node))
    graph.add_edge(START, "listen")
    graph.add_edge("listen", "think")
    graph.add_conditional_edges("think", after_think, ["act", "answer"])
    graph.add_edge("act", "think")
    graph.add_conditional_edges("answer", after_answer, ["think", END])
    return graph.compile(name="conversation")


def journaled(name: str, node: Node) -> Node:
    """The node, of which the journal is told when it has ended, also in an error."""

    @wraps(node)
    async def run(state: TalkState, runtime: Runtime[TalkContext]) -> dict[str, Any]:
        started = perf_counter()
        try:
            return await node(state, runtime)
        finally:
            seconds = perf_counter() - started
            runtime.context.journal.write(NodeLine(at=now(), node=name, seconds=seconds))

    return run


def build_serializer() -> JsonPlusSerializer:
    """A serializer that restores the records of a conversation and refuses every other class."""
    allowed = [(module, name) for module, names in RECORDS for name in names]
    return JsonPlusSerializer(allowed_msgpack_modules=allowed)


def turn_config(thread: str, *, max_steps: int) -> RunnableConfig:
    """Configuration of one turn: its thread, and as many steps as it may take."""
    return {
        "configurable": {"thread_id": thread},
        "recursion_limit": 2 * (max_steps or 1000) + 20,
    }
