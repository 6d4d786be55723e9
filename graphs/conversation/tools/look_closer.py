"""Tool `look_closer`: looks again at a kept part with an instrument. Knows no mind."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from graphs.conversation.contract import Outcome
from graphs.conversation.records import SeenInspection, Source
from graphs.conversation.room import Room
from tools.artifacts import DIGEST
from tools.ports import ToolResult


class LookCloserArguments(BaseModel):
    """Arguments of `look_closer`."""

    model_config = ConfigDict(extra="forbid")

    inspection: str = Field(default="", description="I1, I2, ...; the last one if empty.")
    tool: Literal["zoom", "measure", "compare", "mark"] = Field(
        default="zoom", description="What to look with."
    )
    region: int | None = Field(default=None, ge=1, description="Number of a region of the verdict.")
    box_xyxy: list[float] | None = Field(
        default=None,
        min_length=4,
        max_length=4,
        description="[x1, y1, x2, y2] in pixels of the original, instead of a region. With neither "
        "zoom and measure take the first region, or the whole part.",
    )


class LookCloserTool:
    """A second look."""

    name = "look_closer"
    description = (
        "Look again at a part that was inspected: zoom into a region or a box at full resolution, "
        "measure it, compare it with the nearest reference, or mark regions. Gives new evidence."
    )
    arguments = LookCloserArguments

    async def run(self, room: Room, arguments: LookCloserArguments) -> Outcome:
        """Run the instrument, and number what it brought.

        Raises:
            ToolError: where the place or the inspection is not there.
        """
        seen = room.seen(arguments.inspection)
        told: dict[str, Any] = {"region": arguments.region, "box_xyxy": arguments.box_xyxy}
        given = {name: value for name, value in told.items() if value is not None}
        if arguments.tool in ("zoom", "measure") and not given:
            given = await asyncio.to_thread(_first_place, room, seen)
        result = await asyncio.to_thread(
            room.context.desk.look,
            seen.ref,
            arguments.tool,
            given,
            artifacts=room.context.artifacts,
        )
        return _outcome(room, seen, result)


def _first_place(room: Room, seen: SeenInspection) -> dict[str, Any]:
    """The first region that was found, else the whole part."""
    regions = room.context.desk.kept(seen.ref).inspection.verdict.regions
    return {"region": regions[0].id} if regions else {"view": "V1"}


def _outcome(room: Room, seen: SeenInspection, result: ToolResult) -> Outcome:
    sources = [
        Source(
            id=f"{seen.id}.E{seen.n_evidence + number}",
            kind="evidence",
            text=draft.text,
            inspection=seen.ref,
            artifact=draft.artifact or "",
            data={"tool": draft.tool, "values": draft.values, "seen_in": "this conversation"},
        )
        for number, draft in enumerate(result.evidence, start=1)
    ]
    digests = [view.artifact for view in result.views]
    digests += [draft.artifact for draft in result.evidence if draft.artifact]
    pictures = [
        room.show(room.context.artifacts.get(one), f"{seen.id}: {result.text}")
        for one in dict.fromkeys(digests)
        if DIGEST.fullmatch(one)
    ]
    ids = ", ".join(one.id for one in sources)
    return Outcome(
        text=f"{result.text} [{ids}]" if ids else result.text,
        sources=sources,
        pictures=pictures,
        inspections=[seen.model_copy(update={"n_evidence": seen.n_evidence + len(sources)})],
        data={"inspection": seen.id, "evidence": [one.id for one in sources]},
    )


look_closer = LookCloserTool()
