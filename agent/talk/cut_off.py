"""A turn without its answer: its process died, or whoever asked went away. Says nothing anew.

It is told among the turns. Who says the same again is answered from where it stopped; who says
something else leaves it behind as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphs.conversation.records import TalkTurn

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.types import StateSnapshot

    from graphs.conversation.graph import TalkGraph
    from graphs.conversation.state import TalkInput

CUT_OFF = (
    "(This was cut off before it was answered. Say it again, and it goes on from where it stopped.)"
)
NO_MIND = "none"
BEFORE = {"think": "act", "act": "think", "answer": "think"}
"""The node after which one runs, whatever the state is; `listen` is the beginning."""


def cut_off(kept: StateSnapshot) -> TalkTurn | None:
    """The last turn, where it has no answer; None where every turn has.

    Args:
        kept: the thread's last checkpoint.
    """
    # A task whose node has answered is no longer next, and is still to be gone on from. Before
    # `listen` there is one, what was said is not in the state yet.
    tasks = {one.name for one in kept.tasks}
    if not tasks or "__start__" in tasks or "said" not in kept.values:
        return None
    values = kept.values
    told = str(values.get("told", ""))
    return TalkTurn(
        number=len(values.get("turns", [])) + 1,
        said=values["said"],
        answer="\n\n".join(one for one in (told, CUT_OFF) if one),
        mind=NO_MIND,
        at=values.get("at", ""),
    )


async def resumed(graph: TalkGraph, config: RunnableConfig, said: TalkInput) -> TalkInput | None:
    """What a turn begins with; None where it goes on with the one that was cut off."""
    kept = await graph.aget_state(config)
    turn = cut_off(kept)
    if turn is None:
        return said
    if said.said == turn.said and said.given in ([], kept.values.get("given", [])):
        before = {BEFORE.get(one.name, "") for one in kept.tasks}
        if before == {""}:
            return said
        # What a cancelled task left behind may be half of what it had to write: it runs again.
        await graph.aupdate_state(config, {"over": False}, as_node=before.pop())
        return None
    left: dict[str, Any] = {"turns": [turn], "over": True, "draft": "", "told": ""}
    await graph.aupdate_state(config, left, as_node="answer")
    return said


async def told_before(graph: TalkGraph, config: RunnableConfig) -> str:
    """What was told of the answer before the turn was cut off."""
    kept = await graph.aget_state(config)
    return str(kept.values.get("told", ""))
