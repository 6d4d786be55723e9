"""What a client may read without a tool: products and inspections. Changes nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from mcp.server.mcpserver import Context, MCPServer

from agent.mcp_server.calling import find, owner_of
from agent.mcp_server.knowing import told_product
from agent.server.reception import Reception
from agent.server.telling import markdown_of

JSON = "application/json"
MOST_LISTED = 200


class Readings:
    """The functions behind the resources."""

    def __init__(self, reception: Reception) -> None:
        """Take whose home it is."""
        self._reception = reception

    async def products(self) -> str:
        """Every product in a line."""
        known = await asyncio.to_thread(self._reception.store.products)
        return json.dumps([told_product(one).model_dump() for one in known], ensure_ascii=False)

    async def product(self, name: str) -> str:
        """All that is known of a product: rules, failure modes, notes, references."""
        known = await asyncio.to_thread(self._reception.store.product, name)
        return known.model_dump_json()

    async def inspections(self, ctx: Context[Any, Any], q: str = "") -> str:
        """The caller's inspections that have some words in what is told of them, newest first."""
        found = await asyncio.to_thread(self._reception.tickets.all, owner_of(ctx))
        told = [one.public() for one in found if one.says(q)]
        return json.dumps(told[:MOST_LISTED], ensure_ascii=False)

    async def inspection(self, run: str, asset: str, ctx: Context[Any, Any]) -> str:
        """An inspection told for people."""
        ticket = find(self._reception, f"{run}/{asset}", ctx)
        record = await asyncio.to_thread(self._reception.inspection, ticket)
        return markdown_of(ticket, record)

    async def overlay(self, run: str, asset: str, ctx: Context[Any, Any]) -> bytes:
        """The part with its regions drawn."""
        ticket = find(self._reception, f"{run}/{asset}", ctx)
        path = self._reception.tickets.folder(ticket) / "overlay.png"
        return await asyncio.to_thread(path.read_bytes)


def add_resources(server: MCPServer[Any], reception: Reception) -> None:
    """Make products and inspections readable."""
    read = Readings(reception)
    there = "loupe://inspections/{run}/{asset}"
    server.resource("loupe://products", mime_type=JSON, title="Products")(read.products)
    server.resource("loupe://products/{name}", mime_type=JSON, title="Product")(read.product)
    server.resource("loupe://inspections{?q}", mime_type=JSON, title="Inspections")(
        read.inspections
    )
    server.resource(there, mime_type="text/markdown", title="Inspection")(read.inspection)
    server.resource(f"{there}/overlay", mime_type="image/png", title="Overlay")(read.overlay)
