"""The application: routes behind the gate, errors in one shape. Knows no inspection."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from agent.conversations import ThreadRefused
from agent.loopback.refusals import Refused
from agent.mcp_server.building import build_mcp, http_app
from agent.server.access import Access
from agent.server.gate import Gate, answer_refused
from agent.server.openai_chat.answering import Answering
from agent.server.rates import Rates
from agent.server.reception import Reception
from agent.server.routes import (
    corrections,
    files,
    inspections,
    knowledge,
    openai,
    page,
    sessions,
    threads,
)
from tools.errors import AssetError, KnowledgeError, LoupeError, ToolError

if TYPE_CHECKING:
    from agent.settings import Settings

ROUTERS = (
    page.router,
    sessions.router,
    inspections.router,
    files.router,
    knowledge.router,
    corrections.router,
    threads.router,
    openai.router,
)
SPARE_BYTES = 2**20
"""Of a request beside the file that it holds."""
log = logging.getLogger("loupe.server")


def build_app(reception: Reception, *, only_mcp: bool = False) -> FastAPI:
    """The application of one reception; who serves it has checked that it may.

    Args:
        reception: what all routes stand on.
        only_mcp: leave out everything but MCP.
    """
    settings = reception.settings
    # Base64 needs four bytes for three.
    max_body_bytes = settings.max_upload_bytes * 4 // 3 + SPARE_BYTES
    mcp = build_mcp(reception)
    mcp_routes = http_app(mcp, max_body_bytes=max_body_bytes).routes

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with mcp.session_manager.run():
            yield

    app = FastAPI(
        title="Loupe",
        summary="Inspections of parts: verdict, regions, cause and remediation, with evidence.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
    )
    app.state.reception = reception
    app.state.access = access_of(settings)
    app.state.answering = Answering(reception)
    for router in () if only_mcp else ROUTERS:
        app.include_router(router)
    app.router.routes.extend(mcp_routes)
    for error, handler in HANDLERS.items():
        app.add_exception_handler(error, handler)
    app.add_middleware(
        Gate,
        access=app.state.access,
        rates=Rates(settings.requests_per_minute),
        max_body_bytes=max_body_bytes,
    )
    return app


def access_of(settings: Settings) -> Access:
    """Who may call, as the settings say."""
    tokens = {name: one.get_secret_value() for name, one in settings.serve_tokens.items()}
    return Access(tokens, hosts=frozenset(settings.serve_hosts))


async def _refused(request: Request, error: Exception) -> Response:
    return answer_refused(cast(Refused, error))


async def _of_loupe(request: Request, error: Exception) -> Response:
    """An error that a person can mend: its line is theirs to read."""
    unknown = isinstance(error, ThreadRefused) or (
        isinstance(error, KnowledgeError) and str(error).startswith("no product")
    )
    status = 404 if unknown else 415 if isinstance(error, AssetError) else 400
    return answer_refused(Refused(str(error), status=status, code=_code_of(error)))


async def _not_done(request: Request, error: Exception) -> Response:
    """What does not fit what it is about: the line says what to say instead."""
    return answer_refused(Refused(str(error), status=409, code="not_done"))


async def _invalid(request: Request, error: Exception) -> Response:
    first = cast(RequestValidationError, error).errors()[0]
    param = ".".join(str(one) for one in first["loc"][1:])
    refused = Refused(f"Invalid '{param}': {first['msg']}.", status=422, param=param)
    return answer_refused(refused)


async def _no_route(request: Request, error: Exception) -> Response:
    failed = cast(HTTPException, error)
    there = f"({request.method} {request.url.path})"
    said = {404: f"Invalid URL {there}", 405: f"Not allowed to {there}"}
    message = said.get(failed.status_code, str(failed.detail))
    return answer_refused(Refused(message, status=failed.status_code))


async def _crashed(request: Request, error: Exception) -> Response:
    """The one boundary of a request: logged with its traceback under a number, told without it."""
    number = secrets.token_hex(4)
    log.error("request %s: %s %s", number, request.method, request.url.path, exc_info=error)
    message = f"Loupe broke down at this request; the log tells why under {number}."
    body = {"message": message, "type": "server_error", "param": None, "code": "internal_error"}
    return JSONResponse({"error": body}, status_code=500)


def _code_of(error: Exception) -> str:
    return type(error).__name__.removesuffix("Error").lower()


Handler = Callable[[Request, Any], Awaitable[Response]]
HANDLERS: dict[type[Exception], Handler] = {
    Refused: _refused,
    LoupeError: _of_loupe,
    ToolError: _not_done,
    RequestValidationError: _invalid,
    HTTPException: _no_route,
    Exception: _crashed,
}
