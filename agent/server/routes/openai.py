"""`/v1/models` and `/v1/chat/completions`: Loupe as any assistant takes a model."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, cast

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from agent.loopback.refusals import Refused, wrong_value
from agent.loopback.wire import DONE, as_chunk, as_json, as_usage_chunk
from agent.server.depending import Owner
from agent.server.openai_chat.answering import Answering
from agent.server.openai_chat.replies import begun, delta_of, usage_of
from agent.server.openai_chat.requests import MODELS, Asked, read_request
from graphs.conversation.events import ChatEvent
from tools.errors import LoupeError

router = APIRouter(prefix="/v1", tags=["openai"])
CREATED = 1_700_000_000


@router.get("/models")
def list_models() -> dict[str, Any]:
    """The models that a client may name."""
    return {"object": "list", "data": [_card(name) for name in MODELS]}


@router.get("/models/{model}")
def show_model(model: str) -> dict[str, Any]:
    """One of them."""
    if model not in MODELS:
        raise Refused(
            f"The model '{model[:80]}' does not exist",
            status=404,
            param="model",
            code="model_not_found",
        )
    return _card(model)


@router.post("/chat/completions", response_model=None)
async def complete(request: Request, owner: Owner) -> Response:
    """A turn of a conversation; pictures in its messages are parts to be inspected."""
    try:
        body = await request.json()
    except ValueError:
        raise wrong_value("body", "The request's body is no JSON.") from None
    asked = read_request(body)
    answering = cast(Answering, request.app.state.answering)
    thread, pictures = answering.taken(asked, owner=owner)
    events = answering.answer(asked, thread, pictures, owner=owner)
    if asked.stream:
        return StreamingResponse(_chunks(asked, events), media_type="text/event-stream")
    return JSONResponse(await _whole(asked, events))


async def _whole(asked: Asked, events: AsyncIterator[ChatEvent]) -> dict[str, Any]:
    completion, text = begun(asked.model), ""
    pictures = asked.model == "loupe-pictures"
    async for event in events:
        text += delta_of(event, with_pictures=pictures).get("content", "")
        if event.kind == "done":
            completion = completion._replace(usage=usage_of(event))
            text = text or event.answer
    reply = completion.reply.__class__(text=text)
    return as_json(completion._replace(reply=reply))


async def _chunks(asked: Asked, events: AsyncIterator[ChatEvent]) -> AsyncIterator[str]:
    completion, pictures = begun(asked.model), asked.model == "loupe-pictures"
    yield as_chunk(completion, {"role": "assistant", "content": ""})
    try:
        async for event in events:
            delta = delta_of(event, with_pictures=pictures)
            if delta:
                yield as_chunk(completion, delta)
            if event.kind == "done":
                completion = completion._replace(usage=usage_of(event))
    except (LoupeError, Refused) as error:
        # The status is sent already; clients read an error in the place of a chunk.
        body = error.body if isinstance(error, Refused) else Refused(str(error)).body
        yield f"data: {json.dumps(body)}\n\n"
        return
    yield as_chunk(completion, {}, reason="stop")
    if asked.include_usage:
        yield as_usage_chunk(completion)
    yield DONE


def _card(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "loupe"}
