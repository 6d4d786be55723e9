"""Tool `show`: shows a picture of an inspection. Looks at nothing anew."""

from __future__ import annotations

import asyncio

from pydantic import BaseModel, ConfigDict, Field

from graphs.conversation.contract import Outcome
from graphs.conversation.room import Room
from tools.errors import ToolError


class ShowArguments(BaseModel):
    """Arguments of `show`."""

    model_config = ConfigDict(extra="forbid")

    inspection: str = Field(default="", description="I1, I2, ...; the last one if empty.")
    what: str = Field(
        default="overlay",
        description="overlay (regions drawn), reference (the nearest), a view V1 or evidence E1.",
    )


class ShowTool:
    """A picture that is there already."""

    name = "show"
    description = (
        "Show a picture of an inspection to the person and to you: overlay, reference, a view "
        "(V1) or the picture of a piece of evidence (E1)."
    )
    arguments = ShowArguments

    async def run(self, room: Room, arguments: ShowArguments) -> Outcome:
        """Find the picture and show it.

        Raises:
            ToolError: where there is none.
        """
        return await asyncio.to_thread(_shown, room, arguments)


def _shown(room: Room, arguments: ShowArguments) -> Outcome:
    seen, inspection = room.record(arguments.inspection)
    digests = {view.id: view.artifact for view in inspection.views}
    digests |= {one.id: one.artifact for one in inspection.evidence if one.artifact}
    what = arguments.what.rsplit(".", 1)[-1]
    if what not in ("overlay", "reference") and what not in digests:
        known = ", ".join(["overlay", "reference", *digests])
        raise ToolError(f"{seen.id} has no picture {arguments.what!r}; there are {known}")
    image_hwc = room.context.desk.picture(seen.ref, digests.get(what, what))
    shown = room.show(image_hwc, f"{seen.id}: {what}")
    return Outcome(
        text=f"{seen.id}: the picture {what} is shown [{seen.id}].",
        pictures=[shown],
        data={"picture": shown.artifact},
    )


show = ShowTool()
