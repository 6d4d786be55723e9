"""Tools `report_8d`, `corrective_action`: documents whose every claim cites what was shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import PurePath

from pydantic import BaseModel, ConfigDict, Field

from graphs.conversation.citations import cited
from graphs.conversation.contract import Outcome
from graphs.conversation.documents import (
    action_markdown,
    eight_d_markdown,
    pictures_of,
    sources_markdown,
)
from graphs.conversation.room import Room
from graphs.conversation.tools.evidenced import check_cited, check_ids

NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,60}$"
MAX_CAPTION = 200
"""Characters below a figure."""


class ActionArguments(BaseModel):
    """Arguments of `corrective_action`."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="corrective-action", pattern=NAME, description="Of the file.")
    problem: str = Field(min_length=3, max_length=1000)
    cause: str = Field(min_length=3, max_length=1000, description="With citations.")
    action: str = Field(min_length=3, max_length=1000)
    owner: str = Field(default="", max_length=100, description="Who does it; empty if not agreed.")
    due: str = Field(default="", max_length=40, description="Until when; empty if not agreed.")
    check: str = Field(min_length=3, max_length=1000, description="How it is seen that it worked.")


class ActionTool:
    """What is done."""

    name = "corrective_action"
    description = (
        "Write a corrective action down (markdown and docx): problem, cause, action, owner, due "
        "date, and how it is checked. Leave owner and date empty where nobody named them."
    )
    arguments = ActionArguments

    async def run(self, room: Room, arguments: ActionArguments) -> Outcome:
        """Write it.

        Raises:
            ToolError: it cites what is not there.
        """
        ids = check_cited(
            room, [arguments.problem, arguments.cause, arguments.action, arguments.check]
        )
        text = action_markdown(**arguments.model_dump(exclude={"name"}))
        return await written(room, arguments.name, text, ids=ids, figures=())


class EightDArguments(BaseModel):
    """Arguments of `report_8d`."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="8d-report", pattern=NAME, description="Of the file.")
    title: str = Field(min_length=3, max_length=200)
    team: str = Field(default="", max_length=400, description="D1; empty where nobody was named.")
    problem: str = Field(min_length=10, max_length=2000, description="D2, with numbers and ids.")
    containment: str = Field(min_length=3, max_length=2000, description="D3.")
    root_cause: str = Field(min_length=10, max_length=2000, description="D4, with ids.")
    corrective_actions: str = Field(min_length=3, max_length=2000, description="D5.")
    implementation: str = Field(default="", max_length=2000, description="D6; empty if not yet.")
    prevention: str = Field(min_length=3, max_length=2000, description="D7.")
    recognition: str = Field(default="", max_length=1000, description="D8; empty if not yet.")
    figures: list[str] = Field(
        default_factory=list, max_length=8, description="Ids whose pictures are shown: Q1, M2, I1."
    )


class EightDTool:
    """The report of eight disciplines."""

    name = "report_8d"
    description = (
        "Write an 8D report (markdown and docx) with its pictures and the list of sources. Every "
        "number and every claim cites an id of this conversation. Leave empty what nobody said."
    )
    arguments = EightDArguments

    async def run(self, room: Room, arguments: EightDArguments) -> Outcome:
        """Write it.

        Raises:
            ToolError: it cites what is not there.
        """
        told = arguments.model_dump(exclude={"name", "figures"})
        ids = check_cited(room, told.values())
        figures = check_ids(room, arguments.figures)
        text = eight_d_markdown(told, room.hypotheses)
        return await written(
            room,
            arguments.name,
            text,
            # What hypotheses rest on is told with them, and so must be traced too.
            ids=[*ids, *cited(text)],
            figures=figures,
        )


async def written(
    room: Room, name: str, text: str, *, ids: Sequence[str], figures: Sequence[str]
) -> Outcome:
    """A document with its pictures and its sources, on disk."""
    all_ids = list(dict.fromkeys([*ids, *figures]))
    pictures = await asyncio.to_thread(pictures_of, room, figures)
    shown = "".join(
        f"\n![{one}: {_caption(room.sources[one].text)}]({file})\n"
        for one, file in pictures.files.items()
    )
    whole = f"{text}\n{'## Figures' if shown else ''}\n{shown}\n{sources_markdown(room, all_ids)}"
    documents = await asyncio.to_thread(room.context.desk.write, name, whole, pictures.images)
    # Where they lie is for the face to tell: whoever listens may be on another machine.
    names = ", ".join(PurePath(one.path).name for one in documents)
    return Outcome(
        text=f"Written: {names}. It cites {', '.join(all_ids) or 'nothing'}.",
        data={"documents": [PurePath(one.path).name for one in documents], "cites": list(all_ids)},
        documents=documents,
    )


def _caption(text: str) -> str:
    """The first line of a source, cut; the list of sources has all of it."""
    line = text.splitlines()[0]
    return line if len(line) <= MAX_CAPTION else f"{line[:MAX_CAPTION]}..."


corrective_action = ActionTool()
report_8d = EightDTool()
