"""Tool `compare_with`: two inspections side by side. Looks at nothing anew."""

from __future__ import annotations

import asyncio

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from graphs.conversation.contract import Outcome
from graphs.conversation.recount import verdict_text
from graphs.conversation.room import Room
from tools.arrays import UInt8Image
from tools.errors import ToolError

GAP_PX = 12


class CompareWithArguments(BaseModel):
    """Arguments of `compare_with`."""

    model_config = ConfigDict(extra="forbid")

    one: str = Field(min_length=2, description="I1, an inspection of this conversation.")
    other: str = Field(min_length=2, description="I2, another one; open_unit brings kept ones in.")


class CompareWithTool:
    """Two units."""

    name = "compare_with"
    description = (
        "Compare two inspections of this conversation: pictures side by side, decisions, findings "
        "that only one of them has, and labels that differ."
    )
    arguments = CompareWithArguments

    async def run(self, room: Room, arguments: CompareWithArguments) -> Outcome:
        """Lay them beside each other.

        Raises:
            ToolError: where one is not there, or both are the same.
        """
        if arguments.one == arguments.other:
            raise ToolError(f"{arguments.one} is compared with itself; name another inspection")
        return await asyncio.to_thread(_compared, room, arguments)


def _compared(room: Room, arguments: CompareWithArguments) -> Outcome:
    (one, first), (other, second) = room.record(arguments.one), room.record(arguments.other)
    kinds = [
        {finding.failure_mode or finding.claim for finding in record.verdict.findings}
        for record in (first, second)
    ]
    names = sorted(first.labels.keys() | second.labels.keys())
    differing = [name for name in names if first.labels.get(name) != second.labels.get(name)]
    lines = [
        verdict_text(one, first),
        verdict_text(other, second),
        f"Only {one.id}: {', '.join(sorted(kinds[0] - kinds[1])) or 'nothing'} [{one.id}].",
        f"Only {other.id}: {', '.join(sorted(kinds[1] - kinds[0])) or 'nothing'} [{other.id}].",
        f"Both: {', '.join(sorted(kinds[0] & kinds[1])) or 'nothing'}.",
        *(
            f"{name}: {first.labels.get(name, '-')} [{one.id}], "
            f"{second.labels.get(name, '-')} [{other.id}]"
            for name in differing
        ),
    ]
    pictures = [room.context.desk.picture(seen.ref, "overlay") for seen in (one, other)]
    shown = room.show(side_by_side(*pictures), f"{one.id} beside {other.id}")
    return Outcome(
        text="\n".join(lines),
        pictures=[shown],
        data={"only_first": [*sorted(kinds[0] - kinds[1])], "differing": [*differing]},
    )


def side_by_side(left_hwc: UInt8Image, right_hwc: UInt8Image) -> UInt8Image:
    """(max H, W1 + gap + W2, 3): two pictures on white."""
    height = max(left_hwc.shape[0], right_hwc.shape[0])
    width = left_hwc.shape[1] + GAP_PX + right_hwc.shape[1]
    sheet = np.full((height, width, 3), 255, np.uint8)
    sheet[: left_hwc.shape[0], : left_hwc.shape[1]] = left_hwc
    sheet[: right_hwc.shape[0], left_hwc.shape[1] + GAP_PX :] = right_hwc
    return sheet


compare_with = CompareWithTool()
