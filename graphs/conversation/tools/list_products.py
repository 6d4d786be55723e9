"""Tool `list_products`: what is known by name. Knows no store."""

from __future__ import annotations

import asyncio

from pydantic import BaseModel, ConfigDict

from graphs.conversation.contract import Outcome
from graphs.conversation.recount import mode_source, rule_source
from graphs.conversation.room import Room


class ListProductsArguments(BaseModel):
    """Arguments of `list_products`."""

    model_config = ConfigDict(extra="forbid")


class ListProductsTool:
    """Names, and how much is known."""

    name = "list_products"
    description = (
        "List the products that are known, with their rules, failure modes, and the questions "
        "that no picture of them can answer."
    )
    arguments = ListProductsArguments

    async def run(self, room: Room, arguments: ListProductsArguments) -> Outcome:
        """Tell each product."""
        products = await asyncio.to_thread(room.context.desk.products)
        lines, sources = [], []
        for one in products:
            rules = [rule_source(one.name, rule) for rule in one.rules]
            modes = [mode_source(one.name, mode) for mode in one.failure_modes]
            sources += [*rules, *modes]
            lines.append(
                f"{one.name}: {one.descriptor} {len(one.references)} references. "
                f"Rules {', '.join(source.id for source in rules) or 'none'}. "
                f"Failure modes {', '.join(source.id for source in modes) or 'none'}. "
                f"No picture answers: {' '.join(one.ill_posed) or 'nothing is listed'}"
            )
        return Outcome(
            text="\n".join(lines) or "No product is known; add one by `loupe knowledge add`.",
            sources=sources,
            data={"products": [one.name for one in products]},
        )


list_products = ListProductsTool()
