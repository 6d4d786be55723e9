"""Who calls a tool, and how a refusal reaches them. Knows no tool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import ValidationError

from agent.loopback.refusals import Refused
from agent.server.reception import Reception
from agent.server.tickets import Ticket
from tools.errors import LoupeError
from tools.errors import ToolError as RefusedCall


def owner_of(ctx: Context[Any, Any]) -> str:
    """The person whose token came with the request; empty over stdio and without tokens."""
    request = ctx.request_context.request
    return "" if request is None else str(request.state.owner)


def find(reception: Reception, inspection: str, ctx: Context[Any, Any]) -> Ticket:
    """The inspection of an id that the caller may see.

    Raises:
        Refused: where there is none.
    """
    return reception.tickets.find(inspection.removeprefix("loupe://inspections/"), owner_of(ctx))


@contextmanager
def refusing() -> Iterator[None]:
    """What a person or a mind can mend is told in its own words; anything else the SDK hides."""
    try:
        yield
    except (Refused, LoupeError, RefusedCall, ValidationError) as error:
        raise ToolError(str(error)) from error
