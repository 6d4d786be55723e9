"""What a route is given: the reception, and who calls. Knows no route."""

from __future__ import annotations

from typing import Annotated, TypeAlias, cast

from fastapi import Depends, Request, UploadFile

from agent.server.reception import Reception
from agent.server.tickets import Ticket
from agent.server.unit_files import CHUNK_BYTES, Sent


def _reception(request: Request) -> Reception:
    return cast(Reception, request.app.state.reception)


def _owner(request: Request) -> str:
    return str(request.state.owner)


Served: TypeAlias = Annotated[Reception, Depends(_reception)]
Owner: TypeAlias = Annotated[str, Depends(_owner)]


def _ticket(run: str, asset: str, reception: Served, owner: Owner) -> Ticket:
    return reception.tickets.find(f"{run}/{asset}", owner)


Found: TypeAlias = Annotated[Ticket, Depends(_ticket)]
"""The inspection that the path names, where the caller may see it."""


def sent_as(file: UploadFile) -> Sent:
    """A file of a form, read in pieces."""
    return Sent(file.filename or "part", iter(lambda: file.file.read(CHUNK_BYTES), b""))
