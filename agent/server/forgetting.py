"""A thread is deleted with the files that were sent to it. Knows no route and no terminal."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from tools.records import Record

if TYPE_CHECKING:
    from agent.conversations import Conversations
    from agent.server.tickets import Tickets
    from agent.server.uploads import Uploads


class Forgotten(Record):
    """What went with a thread, and what stays."""

    thread: str
    uploads: list[str] = Field(default_factory=list)
    """Names of the files that were sent to it and are deleted."""
    inspections: list[str] = Field(default_factory=list)
    """Inspections of such files: records of their own, which stay, and so do their files."""


async def forget(
    talks: Conversations, thread: str, *, owner: str, uploads: Uploads, tickets: Tickets
) -> Forgotten:
    """Delete a thread of a person, its checkpoints, pictures and documents, and its uploads.

    A file of which an inspection is kept stays with it: without it nobody could look at the part
    again, and nobody would know whose it is.

    Args:
        talks: has the thread.
        thread: its name.
        owner: the person.
        uploads: of the home.
        tickets: of the home's inspections.

    Raises:
        ThreadRefused: the thread is not there, or another person's.
    """
    given = await talks.delete(thread, owner)

    def clear() -> Forgotten:
        inspected: dict[Path, list[str]] = {}
        for ticket in tickets.all(None):
            inspected.setdefault(Path(ticket.path), []).append(ticket.id)
        gone, stay = [], []
        for path in given:
            upload = uploads.of_path(str(path))
            if upload is None or upload.owner != owner:
                continue
            if path in inspected:
                stay += inspected[path]
            else:
                uploads.remove(upload)
                gone.append(upload.name)
        return Forgotten(thread=thread, uploads=gone, inspections=stay)

    return await asyncio.to_thread(clear)
