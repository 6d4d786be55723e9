"""Tool `similar_units`: past units that look like one. Knows no store."""

from __future__ import annotations

import asyncio

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graphs.conversation.contract import LikeUnit, Outcome
from graphs.conversation.records import Source
from graphs.conversation.room import Room


class SimilarUnitsArguments(BaseModel):
    """Arguments of `similar_units`."""

    model_config = ConfigDict(extra="forbid")

    inspection: str = Field(default="", description="I1, I2, ...; the last one if empty.")
    k: int = Field(default=5, ge=1, le=20)


class SimilarUnitsTool:
    """Looks like this one."""

    name = "similar_units"
    description = (
        "Find units of all runs whose picture looks like that of an inspection, nearest first, "
        "with their decision, defects and labels. `open_unit` opens one."
    )
    arguments = SimilarUnitsArguments

    async def run(self, room: Room, arguments: SimilarUnitsArguments) -> Outcome:
        """Ask, and number the result."""
        seen = room.seen(arguments.inspection)
        found = await asyncio.to_thread(room.context.desk.like, seen.ref, k=arguments.k)
        number = room.next_id("Q")
        lines = [_line(one) for one in found]
        text = f"[{number}] Units like {seen.id}:\n" + ("\n".join(lines) or "- none is kept")
        rows: list[JsonValue] = [
            {"refs": [one.ref], "similarity": one.similarity, "decision": one.decision}
            for one in found
        ]
        data: dict[str, JsonValue] = {"like": seen.ref, "rows": rows}
        source = Source(id=number, kind="query", text=text, data=data)
        return Outcome(text=text, data={"result": number, **data}, sources=[source])


def _line(one: LikeUnit) -> str:
    labels = ", ".join(f"{name} {value}" for name, value in sorted(one.labels.items()))
    defects = f": {', '.join(one.defects)}" if one.defects else ""
    return f"- {one.ref} {one.decision}{defects}, similarity {one.similarity:.2f}" + (
        f" ({labels})" if labels else ""
    )


similar_units = SimilarUnitsTool()
