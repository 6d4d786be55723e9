"""placeholder."""

from __future__ import annotations

from agent.loopback.replies import Reply
from agent.loopback.requests import ChatRequest


class PixelReader:
    """Answers from pixels."""

    def reply(self, request: ChatRequest) -> Reply:
        return Reply(text="nothing")
