"""Conversations over HTTP: threads, what was said, and turns as they happen."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from agent.loopback.refusals import Refused
from agent.server.depending import Owner, Served
from agent.server.forgetting import Forgotten
from graphs.conversation.events import ChatEvent
from graphs.conversation.records import Document
from tools.artifacts import DIGEST
from tools.errors import LoupeError

router = APIRouter(prefix="/api/threads", tags=["conversations"])


DOCUMENTS = {
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class MessageGiven(BaseModel):
    """What a person says."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=20_000)
    uploads: list[str] = Field(default_factory=list, max_length=16)
    """Ids of files that were sent before."""


@router.get("")
def list_threads(reception: Served, owner: Owner) -> list[dict[str, Any]]:
    """The caller's threads, the one that was spoken in last first."""
    rows = reception.conversations.threads(owner)
    return [one.model_dump(mode="json", exclude={"owner", "given"}) for one in rows]


@router.get("/{thread}")
async def turns(thread: str, reception: Served, owner: Owner) -> list[dict[str, Any]]:
    """What was said and answered, the oldest first."""
    found = await reception.conversations.turns(thread, owner)
    return [{**one.model_dump(mode="json"), "documents": named(one.documents)} for one in found]


@router.delete("/{thread}")
async def delete(thread: str, reception: Served, owner: Owner) -> Forgotten:
    """Delete what was said, pictures, documents and checkpoints, and files sent to it alone."""
    return await reception.forget(thread, owner=owner)


@router.post("/{thread}/messages", response_class=StreamingResponse)
async def say(
    thread: str, given: MessageGiven, reception: Served, owner: Owner
) -> StreamingResponse:
    """Say something; server-sent events tell the turn as it happens, the last one is `done`."""
    assets = [reception.uploaded(one, owner=owner).path for one in given.uploads]
    events = reception.conversations.say(thread, given.text, assets, owner=owner)
    # Whose thread it is shows with the first event: a refusal still has its status then.
    first = await anext(events)

    async def lines() -> AsyncIterator[str]:
        yield _event(public(first))
        try:
            async for one in events:
                yield _event(public(one))
        except (LoupeError, Refused) as error:
            yield _event({"kind": "error", "message": str(error)})

    return StreamingResponse(lines(), media_type="text/event-stream")


@router.get("/{thread}/pictures/{digest}.png", response_class=Response)
def picture(thread: str, digest: str, reception: Served, owner: Owner) -> Response:
    """A picture of the conversation."""
    folder = reception.conversations.folder(thread, owner)
    path: Path = folder / "artifacts" / f"{digest}.png"
    if not DIGEST.fullmatch(digest) or not path.is_file():
        raise Refused("There is no such picture.", status=404, code="picture_not_found")
    return FileResponse(path, media_type="image/png")


@router.get("/{thread}/documents/{name}", response_class=Response)
def document(thread: str, name: str, reception: Served, owner: Owner) -> Response:
    """A document that the conversation wrote."""
    folder = reception.conversations.folder(thread, owner)
    known = {path.name: path for path in folder.rglob("*") if path.suffix in DOCUMENTS}
    if name not in known:
        raise Refused("There is no such document.", status=404, code="document_not_found")
    kind, headers = DOCUMENTS[known[name].suffix], {"Content-Disposition": "attachment"}
    return FileResponse(known[name], media_type=kind, headers=headers)


def public(event: ChatEvent) -> dict[str, Any]:
    """An event without paths of this machine; a document by its name."""
    told = event.model_dump(mode="json", exclude={"path"})
    if event.kind == "done":
        told["documents"] = named(event.documents)
    return told


def named(documents: Sequence[Document]) -> list[dict[str, str]]:
    """Documents by their names, as they are asked for here."""
    return [{"title": one.title, "name": Path(one.path).name} for one in documents]


def _event(data: dict[str, Any]) -> str:
    return f"event: {data['kind']}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
