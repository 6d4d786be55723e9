"""Tool `ask_knowledge`: searches rules, failure modes, notes and cases. Knows no store."""

from __future__ import annotations

import asyncio
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from graphs.conversation.contract import Outcome
from graphs.conversation.recount import passage_source
from graphs.conversation.room import Room

Kind = Literal["rule", "failure_mode", "note", "case"]


class AskKnowledgeArguments(BaseModel):
    """Arguments of `ask_knowledge`."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, max_length=400, description="What to find, in words.")
    product: str = Field(default="", description="Name or alias; of the last inspection if empty.")
    kinds: list[Kind] = Field(default_factory=list, description="Empty for all kinds.")
    k: int = Field(default=4, ge=1, le=12)


class AskKnowledgeTool:
    """What is written."""

    name = "ask_knowledge"
    description = (
        "Search what is known of a product: rules, failure modes with causes and remedies (FMEA), "
        "notes such as standards and work instructions, and past cases with their corrections."
    )
    arguments = AskKnowledgeArguments

    async def run(self, room: Room, arguments: AskKnowledgeArguments) -> Outcome:
        """Search, and say what may be cited.

        Raises:
            KnowledgeError: where the product is unknown.
        """
        product = arguments.product or focus_of(room)
        found = await asyncio.to_thread(
            room.context.desk.search,
            arguments.query,
            product or None,
            kinds=arguments.kinds,
            k=arguments.k,
        )
        sources = [passage_source(product or "", one) for one in found]
        lines = [f"[{one.id}] {one.text}" for one in sources]
        return Outcome(
            text="\n".join(lines) or f"Nothing is known about {arguments.query!r}.",
            sources=sources,
            data={"found": [one.id for one in sources]},
        )


def focus_of(room: Room) -> str:
    """The product that is spoken of: of the last inspection, else the only one there is."""
    for one in reversed(room.inspections):
        if one.product:
            return one.product
    products = room.context.desk.products()
    return products[0].name if len(products) == 1 else ""


ask_knowledge = AskKnowledgeTool()
