"""The endpoint as an ASGI application: routes, streaming, faults. Knows no check and no model."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from json import dumps
from typing import TYPE_CHECKING, Any, cast

from agent.loopback.answering import Answered, Desk
from agent.loopback.batch_routes import BatchRoutes
from agent.loopback.batches import BatchDesk
from agent.loopback.record import Received, Record
from agent.loopback.refusals import Refused
from agent.loopback.replies import WireFault
from agent.loopback.sockets import Connections
from agent.loopback.wire import as_events, as_json

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

NOBODY_LEFT = 499
"""Status of an answer whose connection is gone; never seen on the wire."""
POLL_S = 0.02
LONG_S = 2.0
"""A longer wait ends early where nobody waits for it any more."""
DROP_S = 0.1
"""Between two bytes of an answer that drips."""
SPOILT: dict[str, tuple[Callable[[str], str], str]] = {
    "garbage": (lambda whole: "<html><body>upstream</body></html>", "text/html"),
    "half": (lambda whole: whole[: len(whole) // 2], "application/json"),
    "label": (lambda whole: whole, "text/plain"),
}
"""By kind of fault: what becomes of a body, and what it is called."""
CREATED = 1_700_000_000


class Endpoint:
    """What serves requests, and what it has received."""

    def __init__(self, desk: Desk, *, latency_s: float) -> None:
        self.desk = desk
        self.latency_s = latency_s
        self.record = Record(max_kept_bytes=desk.limits.max_kept_bytes)
        self.batches = BatchDesk(desk)
        self.connections = Connections()
        self.closing = False
        """Set before the server stops, so that hanging answers end."""
        self._began_s = time.monotonic()

    def app(self) -> Starlette:
        """The application; starlette is imported here."""
        from starlette.applications import Starlette
        from starlette.exceptions import HTTPException
        from starlette.routing import Route

        return Starlette(
            routes=[
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
                Route("/v1/models", self.list_models, methods=["GET"]),
                Route("/v1/models/{model}", self.show_model, methods=["GET"]),
                *BatchRoutes(self.desk, self.batches).routes(),
            ],
            exception_handlers={Refused: _refuse, HTTPException: _no_route},
        )

    async def list_models(self, request: Request) -> Response:
        """`GET /v1/models`."""
        self.desk.check_key(request.headers.get("authorization"))
        return _json({"object": "list", "data": [_card(name) for name in self.desk.models]})

    async def show_model(self, request: Request) -> Response:
        """`GET /v1/models/{model}`."""
        self.desk.check_key(request.headers.get("authorization"))
        name = request.path_params["model"]
        if name not in self.desk.models:
            raise Refused(
                f"The model '{name}' does not exist",
                status=404,
                param="model",
                code="model_not_found",
            )
        return _json(_card(name))

    async def chat(self, request: Request) -> Response:
        """`POST /v1/chat/completions`."""
        self.desk.check_key(request.headers.get("authorization"))
        raw = await self._read(request)
        began_s = time.monotonic()
        with self.record.receiving(raw, at_s=began_s - self._began_s) as received:
            try:
                response = await self._respond(request, received)
                received.status = (
                    response.status_code if response.status_code != NOBODY_LEFT else None
                )
            except Refused as refused:
                received.status, received.error_code = refused.status, refused.code
                raise
            finally:
                received.seconds = time.monotonic() - began_s
        return response

    async def _read(self, request: Request) -> bytes:
        most = self.desk.limits.max_body_bytes
        chunks, n_bytes = [], 0
        async for chunk in request.stream():
            n_bytes += len(chunk)
            # What is too much is still read to its end: a client that is cut off while it sends
            # sees a broken connection in place of the 413.
            if n_bytes <= most:
                chunks.append(chunk)
        if n_bytes > most:
            raise Refused(
                f"Request too large: it has {n_bytes} bytes, the maximum is {most} bytes.",
                status=413,
                code="request_too_large",
            )
        return b"".join(chunks)

    async def _respond(self, request: Request, received: Received) -> Response:
        began_s = time.monotonic()
        answered = await asyncio.to_thread(self.desk.answer, received)
        await self._wait(request, self.latency_s - (time.monotonic() - began_s))
        fault = answered.reply.fault
        if fault is None:
            return _respond(answered)
        received.error_code = fault.code or fault.kind
        return await self._fail(request, answered, fault)

    async def _wait(self, request: Request, seconds: float) -> None:
        """Wait, unless the client goes away or the server stops."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0 and not self.closing:
            if seconds <= LONG_S:
                await asyncio.sleep(left_s)
            elif await request.is_disconnected():
                return
            else:
                await asyncio.sleep(min(left_s, POLL_S))

    async def _fail(self, request: Request, answered: Answered, fault: WireFault) -> Response:
        from starlette.responses import Response, StreamingResponse

        if fault.kind == "status":
            return _status(fault)
        if fault.kind == "hang":
            await self._wait(request, fault.seconds)
            gone = await request.is_disconnected()
            return Response(status_code=NOBODY_LEFT) if gone else _respond(answered)
        if fault.kind in SPOILT:
            spoil, media_type = SPOILT[fault.kind]
            return Response(spoil(_whole(answered)), media_type=media_type)
        if fault.kind in ("cut", "drip"):
            kind = "text/event-stream" if answered.stream else "application/json"
            is_cut = fault.kind == "cut"
            body = self._half(request, answered) if is_cut else self._drops(answered, fault)
            return StreamingResponse(body, media_type=kind)
        await self._reset(request)
        return Response(status_code=NOBODY_LEFT)

    async def _half(self, request: Request, answered: Answered) -> AsyncIterator[str]:
        whole = _whole(answered)
        yield whole[: len(whole) // 2]
        await self._reset(request)

    async def _drops(self, answered: Answered, fault: WireFault) -> AsyncIterator[str]:
        """A byte at a time, spread over the fault's seconds; ends with the client or the server."""
        whole = _whole(answered)
        for byte in whole:
            if self.closing:
                return
            yield byte
            await asyncio.sleep(min(fault.seconds / len(whole), DROP_S))

    async def _reset(self, request: Request) -> None:
        if request.client is not None:
            self.connections.reset((request.client.host, request.client.port))
        while not await request.is_disconnected():
            await asyncio.sleep(POLL_S / 10)


def _whole(answered: Answered) -> str:
    """All of the body that a good answer would have."""
    if answered.stream:
        return "".join(as_events(answered.completion, include_usage=False))
    return dumps(as_json(answered.completion))


def _status(fault: WireFault) -> Response:
    headers = {}
    if fault.retry_after_s is not None:
        headers["Retry-After"] = f"{fault.retry_after_s:g}"
    error = {"message": fault.message, "type": fault.type, "param": None}
    return _json({"error": {**error, "code": fault.code}}, fault.status, headers)


def _respond(answered: Answered) -> Response:
    from starlette.responses import StreamingResponse

    if not answered.stream:
        return _json(as_json(answered.completion))
    events = as_events(answered.completion, include_usage=answered.include_usage)
    return StreamingResponse(events, media_type="text/event-stream")


def _json(
    body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    from starlette.responses import JSONResponse

    headers = {"x-request-id": f"req_{uuid.uuid4().hex}", **(headers or {})}
    return JSONResponse(body, status_code=status, headers=headers)


async def _refuse(request: Request, error: Exception) -> Response:
    # Starlette types handlers for any exception; the table above sends only this one here.
    refused = cast(Refused, error)
    return _json(refused.body, refused.status)


async def _no_route(request: Request, error: Exception) -> Response:
    status = int(getattr(error, "status_code", 404))
    said = "Invalid URL" if status == 404 else "Not allowed to"
    message = f"{said} ({request.method} {request.url.path})"
    return _json(Refused(message).body, status)


def _card(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "loopback"}
