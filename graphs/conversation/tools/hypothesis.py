"""Tool `hypothesis`: keeps what may be the cause, and changes it as evidence comes in."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from graphs.conversation.contract import Outcome
from graphs.conversation.records import Change, Hypothesis, Source
from graphs.conversation.room import Room
from graphs.conversation.tools.evidenced import check_ids
from tools.errors import ToolError


class HypothesisArguments(BaseModel):
    """Arguments of `hypothesis`."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(default="", description="H1 to change one; empty for a new one.")
    text: str = Field(default="", max_length=400, description="The cause in a sentence, if new.")
    likelihood: float = Field(ge=0, le=1, description="How likely now, from 0 to 1.")
    support: list[str] = Field(default_factory=list, description="Ids that speak for it.")
    against: list[str] = Field(default_factory=list, description="Ids that speak against it.")
    status: Literal["open", "confirmed", "rejected"] = "open"
    why: str = Field(min_length=1, max_length=600, description="Why this likelihood, now.")


class HypothesisTool:
    """What may be the cause."""

    name = "hypothesis"
    description = (
        "Keep a hypothesis of the cause with its likelihood and the evidence for and against it, "
        "or change one when evidence comes in or the person says something. Cite it as H1."
    )
    arguments = HypothesisArguments

    async def run(self, room: Room, arguments: HypothesisArguments) -> Outcome:
        """Write it down.

        Raises:
            ToolError: an id that is not there, or a new one without a text or without evidence.
        """
        support = check_ids(room, arguments.support)
        against = check_ids(room, arguments.against)
        known = _known(room, arguments.id)
        if known is None and not arguments.text:
            raise ToolError("a new hypothesis needs a text; say the cause in a sentence")
        if known is None and not support:
            raise ToolError("a new hypothesis needs support; cite at least one id that speaks so")
        kept = _changed(known, arguments, support, against, number=room.next_id("H"))
        source = Source(
            id=kept.id,
            kind="hypothesis",
            text=f"{kept.text} ({kept.likelihood:.2f}, {kept.status})",
        )
        return Outcome(
            text=hypothesis_text(kept),
            data={"hypothesis": kept.id, "likelihood": kept.likelihood},
            hypotheses=[kept],
            sources=[source],
        )


def _known(room: Room, hypothesis_id: str) -> Hypothesis | None:
    if not hypothesis_id:
        return None
    for one in room.hypotheses:
        if one.id == hypothesis_id:
            return one
    known = ", ".join(one.id for one in room.hypotheses) or "none"
    raise ToolError(f"there is no hypothesis {hypothesis_id!r}; there are {known}")


def _changed(
    known: Hypothesis | None,
    arguments: HypothesisArguments,
    support: list[str],
    against: list[str],
    *,
    number: str,
) -> Hypothesis:
    change = Change(likelihood=arguments.likelihood, why=arguments.why)
    before = known or Hypothesis(id=number, text=arguments.text, likelihood=arguments.likelihood)
    # What now speaks against it no longer speaks for it, and the other way round.
    kept_support = [one for one in before.support if one not in against]
    kept_against = [one for one in before.against if one not in support]
    return before.model_copy(
        update={
            "text": arguments.text or before.text,
            "likelihood": arguments.likelihood,
            "support": list(dict.fromkeys([*kept_support, *support])),
            "against": list(dict.fromkeys([*kept_against, *against])),
            "status": arguments.status,
            "history": [*before.history, change],
        }
    )


def hypothesis_text(one: Hypothesis) -> str:
    """A hypothesis in a line, with how it came to its likelihood."""
    support = f" for: [{', '.join(one.support)}]" if one.support else ""
    against = f" against: [{', '.join(one.against)}]" if one.against else ""
    path = " -> ".join(f"{change.likelihood:.2f}" for change in one.history)
    why = one.history[-1].why if one.history else ""
    return f"{one.text} [{one.id}] ({one.status}, likelihood {path};{support}{against}): {why}"


hypothesis = HypothesisTool()
