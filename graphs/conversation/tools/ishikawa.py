"""Tool `ishikawa`: a cause-and-effect diagram, as a record and as a picture."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graphs.conversation.citations import without
from graphs.conversation.contract import Outcome
from graphs.conversation.room import Room
from graphs.conversation.tools.evidenced import check_cited
from graphs.conversation.tools.methods import kept_method
from tools.errors import ToolError

CATEGORIES = ("Man", "Machine", "Material", "Method", "Measurement", "Environment")
"""The six of manufacturing."""


class IshikawaArguments(BaseModel):
    """Arguments of `ishikawa`."""

    model_config = ConfigDict(extra="forbid")

    effect: str = Field(min_length=3, max_length=300, description="The problem at the head.")
    causes: list[str] = Field(
        min_length=1,
        max_length=30,
        description=f"'CATEGORY: cause [ids]', of {', '.join(CATEGORIES)}.",
    )


class IshikawaTool:
    """Causes by category."""

    name = "ishikawa"
    description = (
        "Draw a cause-and-effect diagram (Ishikawa, fishbone): possible causes of an effect by "
        f"category ({', '.join(CATEGORIES)}), with the evidence that each rests on."
    )
    arguments = IshikawaArguments

    async def run(self, room: Room, arguments: IshikawaArguments) -> Outcome:
        """Sort, draw, keep.

        Raises:
            ToolError: a category or a citation that is not there.
        """
        ids = check_cited(room, [arguments.effect, *arguments.causes])
        bones = read_causes(arguments.causes)
        return await asyncio.to_thread(_drawn, room, arguments.effect, bones, ids)


def read_causes(written: list[str]) -> dict[str, list[str]]:
    """Causes by category, all six in their order.

    Raises:
        ToolError: a cause without a category, or of one that is not there.
    """
    bones: dict[str, list[str]] = {name: [] for name in CATEGORIES}
    for one in written:
        category, colon, cause = one.partition(":")
        name = category.strip().capitalize()
        if not colon or name not in bones or not cause.strip():
            raise ToolError(
                f"a cause must be 'CATEGORY: cause' of {', '.join(CATEGORIES)}, got {one!r}"
            )
        bones[name].append(cause.strip())
    return bones


def _drawn(room: Room, effect: str, bones: dict[str, list[str]], ids: list[str]) -> Outcome:
    from graphs.conversation.figures.fishbone import draw_fishbone

    plain = {name: [without(one, ids).strip() for one in causes] for name, causes in bones.items()}
    image_hwc = draw_fishbone(without(effect, ids).strip(), plain)
    shown = room.show(image_hwc, f"Cause and effect: {without(effect, ids).strip()}")
    lines = [f"Effect: {effect}"]
    lines += [f"- {name}: {'; '.join(causes) or 'none'}" for name, causes in bones.items()]
    branches: dict[str, JsonValue] = {name: [*causes] for name, causes in bones.items()}
    data: dict[str, JsonValue] = {
        "method": "ishikawa",
        "effect": effect,
        "causes": branches,
        "cites": list(ids),
    }
    kept = kept_method(room, "\n".join(lines), data, artifact=shown.artifact)
    return replace(kept, pictures=[shown])


ishikawa = IshikawaTool()
