"""The gate before every route: host, origin, person, rate, size of the body. Knows no route.

Plain ASGI, since a middleware of requests would hold up what is streamed.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from agent.loopback.refusals import Refused
from agent.server.access import Access
from agent.server.rates import Rates

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

PUBLIC = frozenset({"/", "/favicon.ico", "/api/health"})
"""What shows nothing of anybody: the empty page asks for the token."""
PUBLIC_FOLDER = "/page/"
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Gate:
    """Lets a request through, or answers it with a refusal."""

    def __init__(self, app: App, *, access: Access, rates: Rates, max_body_bytes: int) -> None:
        self._app = app
        self._access = access
        self._rates = rates
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            scope.setdefault("state", {})["owner"] = self._pass(scope)
        except Refused as refused:
            await answer_refused(refused)(scope, receive, send)
            return
        await self._serve(scope, receive, send)

    def _pass(self, scope: Message) -> str:
        headers, path = Headers(scope=scope), str(scope["path"])
        self._access.check_origin(scope["method"], headers)
        peer = f"peer {(scope.get('client') or ('',))[0]}"
        if path in PUBLIC or path.startswith(PUBLIC_FOLDER):
            self._count(peer)
            return ""
        try:
            owner = self._access.owner(headers)
        except Refused:
            # Whoever tries tokens is slowed down by where they come from.
            self._count(peer)
            raise
        self._count(f"person {owner}" if owner else peer)
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > self._max_body_bytes:
            raise too_large(self._max_body_bytes)
        return owner

    def _count(self, caller: str) -> None:
        wait_s = self._rates.wait_s(caller)
        if wait_s:
            refused = Refused(
                f"Too many requests; try again in {math.ceil(wait_s)} s.",
                status=429,
                kind="rate_limit_error",
                code="rate_limit_exceeded",
            )
            refused.add_note(str(math.ceil(wait_s)))
            raise refused

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        body = Body(receive, max_bytes=self._max_body_bytes)

        async def guarded(message: Message) -> None:
            if body.is_too_large and not body.is_answered:
                # What the route makes of half a body is no answer.
                return
            if message["type"] == "http.response.start":
                body.is_answered = True
                present = {name.lower() for name, _ in message["headers"]}
                added = [one for one in HEADERS if one[0] not in present]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        try:
            await self._app(scope, body.receive, guarded)
        except Refused:
            if not body.is_too_large or body.is_answered:
                raise
        if body.is_too_large and not body.is_answered:
            await answer_refused(too_large(self._max_body_bytes))(scope, receive, send)


class Body:
    """The body of a request, counted while it comes."""

    def __init__(self, receive: Receive, *, max_bytes: int) -> None:
        """Take where it comes from."""
        self._receive = receive
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self.is_answered = False

    @property
    def is_too_large(self) -> bool:
        """Whether more came than is taken."""
        return self._n_bytes > self._max_bytes

    async def receive(self) -> Message:
        """The next piece.

        Raises:
            Refused: where it is too much.
        """
        message = await self._receive()
        self._n_bytes += len(message.get("body", b""))
        if self.is_too_large:
            raise too_large(self._max_bytes)
        return message


def too_large(most: int) -> Refused:
    """What was sent has too many bytes."""
    return Refused(
        f"The request has more than {most} bytes, the most that is taken; see the setting "
        "max_upload_bytes.",
        status=413,
        code="request_too_large",
    )


def answer_refused(refused: Refused) -> JSONResponse:
    """A refusal in OpenAI's shape."""
    headers = {}
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if refused.status == 429:
        headers["Retry-After"] = refused.__notes__[0]
    return JSONResponse(refused.body, status_code=refused.status, headers=headers)
