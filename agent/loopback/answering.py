"""One request to one answer: read, check, count, ask the model. Knows nothing of sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.loopback.limits import Limits
from agent.loopback.record import Received
from agent.loopback.refusals import Refused, wrong_type
from agent.loopback.replies import Model, Reply
from agent.loopback.requests import ChatRequest
from agent.loopback.strict.messages import check_messages
from agent.loopback.strict.parameters import check_model, check_parameters
from agent.loopback.strict.tools import check_response_format, check_tools
from agent.loopback.usage import PromptCache
from agent.loopback.wire import Completion, complete


@dataclass(frozen=True)
class Answered:
    """A model's reply, and the completion that carries it."""

    reply: Reply
    completion: Completion
    stream: bool
    include_usage: bool


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The models by name, and what is needed to serve them. Thread-safe."""

    models: Mapping[str, Model]
    limits: Limits
    api_key: str | None = None
    """Where given, requests must bear it."""
    cache: PromptCache = field(default_factory=PromptCache)

    def check_key(self, authorization: str | None) -> None:
        """Refuse a request without the key.

        Raises:
            Refused: status 401; the key that came is not repeated.
        """
        if self.api_key is None:
            return
        scheme, _, key = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise Refused(
                "You didn't provide an API key. You need to provide your API key in an "
                "Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
                status=401,
            )
        if key != self.api_key:
            raise Refused("Incorrect API key provided.", status=401, code="invalid_api_key")

    def answer(self, received: Received) -> Answered:
        """Check a request and have its model answer.

        Raises:
            Refused: where the real API would refuse it.
        """
        body = read_body(received.raw)
        received.body = body
        self.check(body)
        prompt = self.cache.count(body, limits=self.limits)
        received.picture_tokens = prompt.pictures
        request = ChatRequest(body)
        reply = self.models[request.model].reply(request)
        completion = complete(request, reply, prompt)
        received.usage = completion.usage
        options = body.get("stream_options") or {}
        return Answered(
            reply=reply,
            completion=completion,
            stream=bool(body.get("stream")),
            include_usage=bool(options.get("include_usage")),
        )

    def check(self, body: dict[str, Any]) -> None:
        """Refuse a body that the API refuses.

        Raises:
            Refused: for the first thing that is wrong.
        """
        check_parameters(body)
        check_model(body["model"], list(self.models))
        check_messages(body, limits=self.limits)
        check_tools(body, limits=self.limits)
        check_response_format(body)


def read_body(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        Refused: it is none.
    """
    try:
        body = json.loads(raw, parse_constant=_refuse_constant)
        if b"\\ud" in raw.lower():
            # Half of a surrogate pair is valid JSON and no text.
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refused(
            "We could not parse the JSON body of your request. The OpenAI API expects a JSON "
            "payload."
        ) from None
    if not isinstance(body, dict):
        raise wrong_type("body", body, expected="an object")
    return body


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
