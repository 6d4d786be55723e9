"""Tools `list_corrections`, `undo_correction`: what was corrected, and taking it back.

Know no store.
"""

from __future__ import annotations

import asyncio

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graphs.conversation.contract import Corrected, Outcome
from graphs.conversation.records import Source
from graphs.conversation.room import Room
from knowledge.corrections import KeptCorrection

MAX_LISTED = 30
"""The newest; `loupe correct --list` has all."""


class ListCorrectionsArguments(BaseModel):
    """Arguments of `list_corrections`."""

    model_config = ConfigDict(extra="forbid")

    product: str = Field(default="", description="Name or alias; of all products if empty.")


class ListCorrectionsTool:
    """What people said was wrong."""

    name = "list_corrections"
    description = (
        "List the corrections that were taken in, the newest first: what was said, by whom, when "
        "and why, what the references said of it, and whether it was undone."
    )
    arguments = ListCorrectionsArguments

    async def run(self, room: Room, arguments: ListCorrectionsArguments) -> Outcome:
        """Tell them.

        Raises:
            KnowledgeError: where the product is unknown.
        """
        product = arguments.product or None
        kept = await asyncio.to_thread(room.context.desk.corrections, product)
        newest = list(reversed(kept))[:MAX_LISTED]
        lines = [f"- {correction_line(one)}" for one in newest]
        more = len(kept) - len(newest)
        lines += [f"and {more} older ones"] if more else []
        return Outcome(
            text="\n".join(lines) or "Nothing was corrected so far.",
            data={"corrections": [one.id for one in newest]},
        )


class UndoCorrectionArguments(BaseModel):
    """Arguments of `undo_correction`."""

    model_config = ConfigDict(extra="forbid")

    correction: str = Field(pattern=r"^K[1-9][0-9]*$", description="Its id, K1.")


class UndoCorrectionTool:
    """Takes one back."""

    name = "undo_correction"
    description = (
        "Put everything back as it was before a correction, K1. Only where the person asks for it."
    )
    arguments = UndoCorrectionArguments

    async def run(self, room: Room, arguments: UndoCorrectionArguments) -> Outcome:
        """Undo it.

        Raises:
            KnowledgeError: there is none of this id.
            ToolError: it is undone already.
        """
        done: Corrected = await asyncio.to_thread(room.context.desk.undo, arguments.correction)
        number = room.next_id("C")
        data: dict[str, JsonValue] = {"correction": done.id, "kind": "undone"}
        source = Source(id=number, kind="correction", text=done.text, data=data)
        return Outcome(text=f"[{number}] {done.text}", data=data, sources=[source])


def correction_line(one: KeptCorrection) -> str:
    """A correction with who, when and why, and what the references said of it."""
    judged = f"{len(one.changed)} of {one.n_judged} references decided otherwise"
    told = judged if one.n_judged else "no reference could be decided otherwise"
    state = f"undone {one.undone}" if one.undone else "in force"
    return (
        f"{one.id} ({one.who}, {one.at}, {one.product}, {state}): {one.said}. "
        f"Why: {one.why or 'no reason given'}. Becomes: {becomes(one)}; {told}."
    )


def becomes(one: KeptCorrection) -> str:
    """What a correction became."""
    parts = [f"case {one.case_id}"] if one.case_id else []
    parts += [f"rule {one.rule.id}"] if one.rule else []
    parts += ["a reference"] if one.reference else []
    parts += [f"{more} more for {mode}" for mode, more in one.occurrence.items()]
    return ", ".join(parts) or "nothing"


list_corrections = ListCorrectionsTool()
undo_correction = UndoCorrectionTool()
