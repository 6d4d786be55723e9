"""Tool `correct`: takes in what a person says was wrong. Knows no store."""

from __future__ import annotations

import asyncio
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graphs.conversation.contract import Correction, Outcome
from graphs.conversation.records import Source
from graphs.conversation.room import Room
from tools.errors import ToolError


class CorrectArguments(BaseModel):
    """Arguments of `correct`."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["not_a_defect", "missed", "cause"]
    inspection: str = Field(default="", description="I1, I2, ...; the last one if empty.")
    finding: str = Field(default="", description="F1, where it is about one.")
    box_xyxy: list[float] | None = Field(
        default=None, min_length=4, max_length=4, description="Where a defect was missed."
    )
    text: str = Field(
        default="", max_length=400, description="What was missed, or what the cause was."
    )
    failure_mode: str = Field(default="", description="Its NAME, where the person named it.")
    becomes: Literal["case", "reference", "rule"] = Field(
        default="case",
        description="reference: a good unit becomes a golden sample; rule: a written criterion.",
    )
    why: str = Field(default="", max_length=600, description="The person's reason.")


class CorrectTool:
    """What the person knows better."""

    name = "correct"
    description = (
        "Take in a correction that the person states: a finding is no defect, a defect was missed "
        "(with its box), or what the cause was. Only what the person said, never your own view. "
        "The references are asked first; what came of it is told and can be undone."
    )
    arguments = CorrectArguments

    async def run(self, room: Room, arguments: CorrectArguments) -> Outcome:
        """Hand it to the desk.

        Raises:
            ToolError: it does not fit the unit, or references would be decided otherwise.
        """
        seen = room.seen(arguments.inspection)
        if arguments.kind != "not_a_defect" and not arguments.text.strip():
            raise ToolError("say in `text` what was missed, or what the cause was")
        if arguments.kind == "missed" and arguments.box_xyxy is None:
            raise ToolError("a missed defect needs its place; ask the person for a box")
        box = arguments.box_xyxy
        correction = Correction(
            kind=arguments.kind,
            ref=seen.ref,
            finding=arguments.finding,
            box_xyxy=(box[0], box[1], box[2], box[3]) if box else None,
            text=arguments.text.strip(),
            failure_mode=arguments.failure_mode,
            becomes=arguments.becomes,
            why=arguments.why,
        )
        who = room.context.who
        done = await asyncio.to_thread(room.context.desk.correct, correction, who=who)
        number = room.next_id("C")
        data: dict[str, JsonValue] = {"correction": done.id, "kind": arguments.kind}
        source = Source(
            id=number, kind="correction", text=done.text, inspection=seen.ref, data=data
        )
        return Outcome(text=f"[{number}] {done.text}", data=data, sources=[source])


correct = CorrectTool()
