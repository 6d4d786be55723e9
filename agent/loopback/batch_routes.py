"""`/v1/files` and `/v1/batches` of the endpoint. Knows no state of a batch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agent.loopback.answering import Desk, read_body
from agent.loopback.batches import BatchDesk
from agent.loopback.refusals import missing, wrong_value

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

MAX_LISTED = 100


class BatchRoutes:
    """Serves what a batch desk keeps."""

    def __init__(self, desk: Desk, batches: BatchDesk) -> None:
        """Take the desk that knows the key, and what is kept."""
        self._desk = desk
        self._batches = batches

    def routes(self) -> list[Route]:
        """All of them."""
        from starlette.routing import Route

        return [
            Route("/v1/files", self.add_file, methods=["POST"]),
            Route("/v1/files", self.list_files, methods=["GET"]),
            Route("/v1/files/{id}", self.show_file, methods=["GET"]),
            Route("/v1/files/{id}", self.delete_file, methods=["DELETE"]),
            Route("/v1/files/{id}/content", self.file_content, methods=["GET"]),
            Route("/v1/batches", self.add_batch, methods=["POST"]),
            Route("/v1/batches", self.list_batches, methods=["GET"]),
            Route("/v1/batches/{id}", self.show_batch, methods=["GET"]),
            Route("/v1/batches/{id}/cancel", self.cancel_batch, methods=["POST"]),
        ]

    async def add_file(self, request: Request) -> Response:
        """`POST /v1/files`."""
        from starlette.datastructures import UploadFile

        self._check(request)
        async with request.form() as form:
            sent, purpose = form.get("file"), form.get("purpose")
            if not isinstance(sent, UploadFile):
                raise missing("file")
            if not isinstance(purpose, str):
                raise missing("purpose")
            data = await sent.read()
        return _json(self._batches.add_file(sent.filename or "", purpose, data).card())

    async def list_files(self, request: Request) -> Response:
        """`GET /v1/files`, newest first."""
        self._check(request)
        purpose = request.query_params.get("purpose")
        found = [one for one in self._batches.files.values() if purpose in (None, one.purpose)]
        return _json(_page(request, [one.card() for one in reversed(found)], most=10_000))

    async def show_file(self, request: Request) -> Response:
        """`GET /v1/files/{id}`."""
        self._check(request)
        return _json(self._batches.file(request.path_params["id"]).card())

    async def delete_file(self, request: Request) -> Response:
        """`DELETE /v1/files/{id}`."""
        self._check(request)
        name = self._batches.file(request.path_params["id"]).id
        del self._batches.files[name]
        return _json({"id": name, "object": "file", "deleted": True})

    async def file_content(self, request: Request) -> Response:
        """`GET /v1/files/{id}/content`."""
        from starlette.responses import Response

        self._check(request)
        data = self._batches.file(request.path_params["id"]).data
        return Response(data, media_type="application/octet-stream")

    async def add_batch(self, request: Request) -> Response:
        """`POST /v1/batches`."""
        self._check(request)
        return _json(self._batches.create(read_body(await request.body())).card())

    async def list_batches(self, request: Request) -> Response:
        """`GET /v1/batches`, newest first."""
        self._check(request)
        found = [one.card() for one in reversed(list(self._batches.batches.values()))]
        return _json(_page(request, found, most=MAX_LISTED))

    async def show_batch(self, request: Request) -> Response:
        """`GET /v1/batches/{id}`; its models answer here."""
        self._check(request)
        found = await asyncio.to_thread(self._batches.batch, request.path_params["id"])
        return _json(found.card())

    async def cancel_batch(self, request: Request) -> Response:
        """`POST /v1/batches/{id}/cancel`."""
        self._check(request)
        return _json(self._batches.cancel(request.path_params["id"]).card())

    def _check(self, request: Request) -> None:
        self._desk.check_key(request.headers.get("authorization"))


def _page(request: Request, found: Sequence[dict[str, Any]], *, most: int) -> dict[str, Any]:
    """One page of a list, after the last one that the caller has."""
    asked = request.query_params.get("limit", str(min(20, most) if most <= MAX_LISTED else most))
    if not asked.isdigit() or not 1 <= int(asked) <= most:
        raise wrong_value("limit", f"Invalid value: '{asked}'. It must be 1 to {most}.")
    after = request.query_params.get("after")
    ids = [one["id"] for one in found]
    first = ids.index(after) + 1 if after in ids else 0
    page = list(found[first : first + int(asked)])
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": first + len(page) < len(found),
    }


def _json(body: dict[str, Any]) -> Response:
    from starlette.responses import JSONResponse

    return JSONResponse(body)
