"""Inspections over HTTP: begin, follow, read, decide. Knows no graph."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Header, Query, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from agent.loopback.refusals import Refused
from agent.server.depending import Found, Owner, Served, sent_as
from agent.server.reception import NOBODY, Part, Reception
from agent.server.tickets import State
from graphs.records import Decision, Inspection

router = APIRouter(prefix="/api/inspections", tags=["inspections"])


class DecisionGiven(BaseModel):
    """A person's answer to an inspection that waits."""

    model_config = ConfigDict(extra="forbid")

    decision: Decision


class Listed(BaseModel):
    """Some of the inspections, the newest first."""

    inspections: list[dict[str, Any]]
    total: int
    """Of those that match."""


@router.post("", status_code=202)
async def begin(
    reception: Served,
    owner: Owner,
    response: Response,
    file: Annotated[
        list[UploadFile] | None,
        File(description="The part; of a unit, NAME.asset.yaml and every file that it names."),
    ] = None,
    upload: Annotated[str | None, Form(description="Id of a file that was sent.")] = None,
    path: Annotated[str | None, Form(description="Of a file within the roots.")] = None,
    url: Annotated[str | None, Form(description="Where remote URLs are allowed.")] = None,
    product: Annotated[str | None, Form(description="Recognised where it is missing.")] = None,
    wait: Annotated[bool, Form(description="Answer when it has ended, or waits.")] = False,
) -> dict[str, Any]:
    """Begin an inspection of one part: a file, an upload, a path or a URL."""
    if product:
        product = reception.store.product(product).name
    part = await _part(reception, owner, file=file, upload=upload, path=path, url=url)
    ticket = reception.start(part, product=product or None, owner=owner)
    response.headers["Location"] = f"/api/inspections/{ticket.id}"
    if wait:
        ticket = await reception.work.wait(ticket)
        response.status_code = 200
    return dict(ticket.public())


@router.get("")
def list_inspections(
    reception: Served,
    owner: Owner,
    q: Annotated[str, Query(max_length=200, description="Words of name, product, reason.")] = "",
    product: str | None = None,
    decision: Decision | None = None,
    state: State | None = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Listed:
    """Inspections that were made here, by whatever face; the newest first."""
    wanted = {"product": product, "decision": decision, "state": state}
    asked = {name: one for name, one in wanted.items() if one is not None}
    found = [
        one
        for one in reception.tickets.all(owner)
        if all(getattr(one, name) == value for name, value in asked.items()) and one.says(q)
    ]
    page = found[offset : offset + limit]
    return Listed(inspections=[dict(one.public()) for one in page], total=len(found))


@router.get("/{run}/{asset}")
def show(ticket: Found) -> dict[str, Any]:
    """How far an inspection is, and what came of it."""
    return dict(ticket.public())


@router.get("/{run}/{asset}/record")
def record(ticket: Found, reception: Served) -> Inspection:
    """The whole record, as `loupe schema` describes it."""
    inspection = reception.inspection(ticket)
    asset = inspection.asset.model_copy(update={"path": ticket.name, "parts": []})
    return inspection.model_copy(update={"asset": asset})


@router.get("/{run}/{asset}/events", response_class=StreamingResponse)
async def events(
    ticket: Found,
    reception: Served,
    after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[int | None, Header()] = None,
) -> StreamingResponse:
    """Server-sent events of an inspection, from the beginning, until it ends or waits."""

    async def lines() -> AsyncIterator[str]:
        begin_after = after if last_event_id is None else last_event_id
        async for one in reception.work.listen(ticket, after=begin_after):
            yield one.event()

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(lines(), media_type="text/event-stream", headers=headers)


@router.post("/{run}/{asset}/decision")
async def decide(
    ticket: Found, given: DecisionGiven, reception: Served, owner: Owner
) -> dict[str, Any]:
    """Decide an inspection that waits for a person; it goes on from its checkpoint."""
    begun = reception.work.decide(ticket, given.decision, by=owner or NOBODY)
    ended = await reception.work.wait(begun)
    return dict(ended.public())


async def _part(
    reception: Reception,
    owner: str,
    *,
    file: list[UploadFile] | None,
    upload: str | None,
    path: str | None,
    url: str | None,
) -> Part:
    given = [one for one in (file, upload, path, url) if one]
    if len(given) != 1:
        raise Refused(
            f"Give one of file, upload, path and url; got {len(given)}.",
            param="file",
            code="one_part_needed",
        )
    if file:
        return await reception.keep_all([sent_as(one) for one in file], owner=owner)
    if upload:
        return reception.uploaded(upload, owner=owner)
    if path:
        return await reception.named(path, owner=owner)
    return await reception.fetched(str(url), owner=owner)
