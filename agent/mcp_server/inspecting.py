"""Tools that look at parts: `inspect` and `look_closer`. Know no graph."""

from __future__ import annotations

import asyncio
import binascii
import io
from pathlib import Path
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ImageContent, TextContent
from pydantic import Field

from agent.loopback.refusals import Refused
from agent.mcp_server.calling import find, owner_of, refusing
from agent.mcp_server.outcomes import CloserOutcome, InspectionOutcome, outcome_of
from agent.server.data_urls import bytes_of, name_of
from agent.server.looking import closer_picture, whole_picture
from agent.server.reception import Part, Reception
from agent.server.telling import markdown_of
from agent.server.tickets import Ticket
from tools.arrays import UInt8Image

SHOWN_PX = 1024
"""Of a picture's longer side in an answer."""
Inspected = Annotated[str, Field(description="Id of the inspection, as `inspect` answered it.")]


class InspectingTools:
    """What looks at a part."""

    def __init__(self, reception: Reception) -> None:
        """Take who receives parts."""
        self._reception = reception

    async def inspect(
        self,
        ctx: Context[Any, Any],
        path: Annotated[str | None, Field(description="Of a file in the folders served.")] = None,
        image: Annotated[
            str | None, Field(description="A data URL or base64 of a picture, in place of a path.")
        ] = None,
        url: Annotated[str | None, Field(description="Where remote URLs are allowed.")] = None,
        product: Annotated[
            str | None, Field(description="Name of the product; recognised where it is missing.")
        ] = None,
    ) -> Annotated[CallToolResult, InspectionOutcome]:
        """Inspect a part: normal, anomalous or review; where, which rule, why, and what to do.

        Give one of path, image and url. The answer holds the verdict, and the picture with its
        regions drawn.
        """
        with refusing():
            owner = owner_of(ctx)
            if product:
                product = (await asyncio.to_thread(self._reception.store.product, product)).name
            part = await self._part(owner, path=path, image=image, url=url)
            ticket = self._reception.start(part, product=product or None, owner=owner)
            await self._follow(ctx, ticket)
            ticket = await self._reception.work.wait(ticket)
            return await asyncio.to_thread(self._told, ticket)

    async def look_closer(
        self,
        ctx: Context[Any, Any],
        inspection: Inspected,
        region: Annotated[
            int | None, Field(ge=1, description="Number of a region of the verdict.")
        ] = None,
        box_xyxy: Annotated[
            list[float] | None,
            Field(min_length=4, max_length=4, description="Or a box in the picture's pixels."),
        ] = None,
    ) -> Annotated[CallToolResult, CloserOutcome]:
        """See a region or a box of an inspected part magnified, from the file itself."""
        with refusing():
            ticket = find(self._reception, inspection, ctx)
            return await asyncio.to_thread(self._closer, ticket, region, box_xyxy)

    async def _part(
        self, owner: str, *, path: str | None, image: str | None, url: str | None
    ) -> Part:
        given = [one for one in (path, image, url) if one]
        if len(given) != 1:
            raise Refused(f"Give one of path, image and url; got {len(given)}.")
        if path:
            return await self._reception.named(path, owner=owner)
        if url:
            return await self._reception.fetched(url, owner=owner)
        content = bytes_of(str(image))
        return await self._reception.keep(name_of(content), [content], owner=owner)

    async def _follow(self, ctx: Context[Any, Any], ticket: Ticket) -> None:
        async for one in self._reception.work.listen(ticket):
            told = one.data.get("node") or one.data.get("tool") or one.data.get("state") or one.kind
            detail = one.data.get("detail") or ""
            await ctx.report_progress(one.number, None, f"{told} {detail}".strip())

    def _told(self, ticket: Ticket) -> CallToolResult:
        folder = self._reception.tickets.folder(ticket)
        known = (folder / "inspection.json").is_file() and ticket.state != "waiting"
        inspection = self._reception.inspection(ticket) if known else None
        outcome = outcome_of(ticket, inspection)
        told = markdown_of(ticket, inspection) if inspection else _in_a_line(outcome)
        content: list[Any] = [TextContent(type="text", text=told)]
        if (folder / "overlay.png").is_file():
            limit = self._reception.settings.max_pixels
            content.append(shown(whole_picture(folder / "overlay.png", max_pixels=limit)))
        return CallToolResult(content=content, structured_content=outcome.model_dump())

    def _closer(
        self, ticket: Ticket, region: int | None, box_xyxy: list[float] | None
    ) -> CallToolResult:
        picture = ""
        if region is not None and box_xyxy is None:
            inspection = self._reception.inspection(ticket)
            known = {one.id: one for one in inspection.verdict.regions}
            if region not in known:
                numbers = ", ".join(map(str, known)) or "none"
                raise Refused(f"There is no region {region}; there are {numbers}.")
            box_xyxy = with_room(list(known[region].box_xyxy))
            views = {view.id: view.picture for view in inspection.views}
            picture = views.get(known[region].view, "")
        if box_xyxy is None:
            raise Refused("Give a region or a box.")
        limit = self._reception.settings.max_pixels
        look = closer_picture(Path(ticket.path), box_xyxy, picture=picture, max_pixels=limit)
        outcome = CloserOutcome(id=ticket.id, window_xyxy=look.window_xyxy, factor=look.factor)
        text = f"{ticket.name}: window {look.window_xyxy}, {look.factor:.2f} times"
        return CallToolResult(
            content=[TextContent(type="text", text=text), shown(look.image_hwc)],
            structured_content=outcome.model_dump(),
        )


def with_room(box_xyxy: list[float]) -> list[float]:
    """A box with half its longer side around it."""
    x1, y1, x2, y2 = box_xyxy
    room = max(x2 - x1, y2 - y1) / 2
    return [x1 - room, y1 - room, x2 + room, y2 + room]


def shown(image_hwc: UInt8Image) -> ImageContent:
    """A picture in an answer, PNG, at most SHOWN_PX on its longer side."""
    from PIL import Image

    picture, buffer = Image.fromarray(image_hwc), io.BytesIO()
    picture.thumbnail((SHOWN_PX, SHOWN_PX))
    picture.save(buffer, format="PNG")
    data = binascii.b2a_base64(buffer.getvalue(), newline=False).decode()
    return ImageContent(type="image", data=data, mime_type="image/png")


def _in_a_line(outcome: InspectionOutcome) -> str:
    if outcome.state == "waiting":
        return f"Inspection {outcome.id} waits for a person to decide. {outcome.reason}"
    return f"Inspection {outcome.id} is {outcome.state}. {outcome.reason}"
