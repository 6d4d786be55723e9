"""The application: routes behind the gate, errors in one shape. Knows no inspection."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from agent.loopback.refusals import Refused
from agent.server.access import Access
from agent.server.gate import Gate, answer_refused
from agent.server.rates import Rates
from agent.server.reception import Reception
from agent.server.routes import files, inspections, knowledge, sessions
from tools.errors import AssetError, KnowledgeError, LoupeError

if TYPE_CHECKING:
    from agent.settings import Settings

ROUTERS = (sessions.router, inspections.router, files.router, knowledge.router)
SPARE_BYTES = 2**20
"""Of a request beside the file that it holds."""
log = logging.getLogger("loupe.server")


def build_app(reception: Reception) -> FastAPI:
    """The application of one reception; who serves it has checked that it may."""
    settings = reception.settings
    app = FastAPI(
        title="Loupe",
        summary="Inspections of parts: verdict, regions, cause and remediation, with evidence.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.reception = reception
    app.state.access = access_of(settings)
    for router in ROUTERS:
        app.include_router(router)
    for error, handler in HANDLERS.items():
        app.add_exception_handler(error, handler)
    app.add_middleware(
        Gate,
        access=app.state.access,
        rates=Rates(settings.requests_per_minute),
        # Base64 needs four bytes for three.
        max_body_bytes=settings.max_upload_bytes * 4 // 3 + SPARE_BYTES,
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
    unknown = isinstance(error, KnowledgeError) and str(error).startswith("no product")
    status = 404 if unknown else 415 if isinstance(error, AssetError) else 400
    return answer_refused(Refused(str(error), status=status, code=_code_of(error)))


async def _invalid(request: Request, error: Exception) -> Response:
    first = cast(RequestValidationError, error).errors()[0]
    param = ".".join(str(one) for one in first["loc"][1:])
    refused = Refused(f"Invalid '{param}': {first['msg']}.", status=422, param=param)
    return answer_refused(refused)


async def _no_route(request: Request, error: Exception) -> Response:
    status = cast(HTTPException, error).status_code
    said = "Invalid URL" if status == 404 else "Not allowed to"
    return answer_refused(Refused(f"{said} ({request.method} {request.url.path})", status=status))


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
    RequestValidationError: _invalid,
    HTTPException: _no_route,
    Exception: _crashed,
}
