"""Events of a turn as OpenAI's wire has them: one completion, or chunks. Knows no graph."""

from __future__ import annotations

import base64
import io
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.loopback.replies import Reply
from agent.loopback.wire import Completion
from agent.server.telling import plain

if TYPE_CHECKING:
    from graphs.conversation.events import ChatEvent, DoneEvent, PictureEvent

SHOWN_PX = 640
QUALITY = 85


def begun(model: str) -> Completion:
    """An answer before anything of it is known."""
    return Completion(
        id=f"chatcmpl-{secrets.token_hex(14)}",
        created=int(time.time()),
        model=model,
        reply=Reply(text=""),
        finish_reason="stop",
        usage=usage_of(None),
    )


def usage_of(done: DoneEvent | None) -> dict[str, Any]:
    """The tokens of the VLM behind the turn; none where there is none."""
    read = done.usage.input_tokens if done else 0
    wrote = done.usage.output_tokens if done else 0
    return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}


def delta_of(event: ChatEvent, *, with_pictures: bool) -> dict[str, Any]:
    """What a chunk adds: text, or a step as reasoning, as chat assistants show it folded."""
    if event.kind == "text":
        return {"content": event.delta}
    if event.kind == "node":
        return {"reasoning_content": f"{event.node} {event.detail}".strip() + "\n"}
    if event.kind == "tool" and event.state == "begins":
        return {"reasoning_content": f"{event.tool}\n"}
    if event.kind == "picture" and with_pictures:
        return {"content": inline(event)}
    return {}


def inline(event: PictureEvent) -> str:
    """A picture in markdown, small enough to be sent back with every request that follows."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(Path(event.path)) as picture:
        picture.thumbnail((SHOWN_PX, SHOWN_PX))
        picture.convert("RGB").save(buffer, "JPEG", quality=QUALITY)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"\n\n![{plain(event.caption) or 'picture'}](data:image/jpeg;base64,{data})\n\n"
