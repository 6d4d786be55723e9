"""Tool `open_unit`: takes a kept inspection into the conversation. Inspects nothing."""

from __future__ import annotations

import asyncio

from pydantic import BaseModel, ConfigDict, Field

from graphs.conversation.contract import Outcome
from graphs.conversation.room import Room
from graphs.conversation.tools.inspect_asset import opened


class OpenUnitArguments(BaseModel):
    """Arguments of `open_unit`."""

    model_config = ConfigDict(extra="forbid")

    unit: str = Field(
        min_length=1,
        max_length=400,
        description="RUN/ASSET as a query gives it, or I1 to tell one of this conversation again.",
    )


class OpenUnitTool:
    """What was found before."""

    name = "open_unit"
    description = (
        "Open an inspection that is kept, from a query or of this conversation: decision, "
        "findings, evidence, causes, and its picture. Use it to explain why."
    )
    arguments = OpenUnitArguments

    async def run(self, room: Room, arguments: OpenUnitArguments) -> Outcome:
        """Tell the record and number it.

        Raises:
            ToolError: where there is none.
        """
        known = {one.id: one.ref for one in room.inspections}
        ref = known.get(arguments.unit, arguments.unit)
        kept = await asyncio.to_thread(room.context.desk.kept, ref)
        return await asyncio.to_thread(opened, room, kept)


open_unit = OpenUnitTool()
