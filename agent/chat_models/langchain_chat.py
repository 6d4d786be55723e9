"""A chat port around any LangChain chat model. Knows no prompt and no inspection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

from agent.chat_models.calling import Body, ChatSettings
from agent.chat_models.clients import Gate, ModelSource
from agent.chat_models.concessions import CONCESSIONS, Conceded
from agent.chat_models.encoding import PictureEncoder
from agent.chat_models.faults import NO_COMPLETION, chat_errors, fault_of, message_of
from agent.chat_models.heard import Heard
from agent.chat_models.messages import (
    Pictures,
    picture_key,
    to_functions,
    to_messages,
    to_reply,
    to_wire,
)
from agent.chat_models.smith import told_to_langsmith
from agent.prices import Price
from graphs.minds.chat import ChatFault, ChatReply, ChatRequest, ShownPicture
from tools.ports import ArtifactPort

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage


class LangChainChat:
    """One model, shared by all inspections of a process."""

    def __init__(
        self,
        source: ModelSource,
        *,
        name: str,
        settings: ChatSettings,
        tell: Callable[[str], None] = lambda line: None,
        gate: Gate | None = None,
    ) -> None:
        """Take the model; nothing is called yet.

        Args:
            source: gives the model of the running loop.
            name: of the model.
            settings: how it is called.
            tell: is told in one line of what a server does not take.
            gate: of calls that are limited together with others; one of its own where None.
        """
        self._source = source
        self._name = name
        self._settings = settings
        self._tell = tell
        self._streams = True
        self._conceded = Conceded(tell)
        self._gate = gate or Gate(settings.max_concurrent)
        self._encoder = PictureEncoder()

    @property
    def name(self) -> str:
        """The model, as the server names it."""
        return self._name

    @property
    def calls_tools(self) -> bool:
        """Whether it takes native tool calls, as far as is known."""
        return self._settings.calls_tools and "tools" not in self._conceded

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        """Ask once; again at once only where the server refuses a parameter.

        Raises:
            ChatFault: where there is no reply.
        """
        return await self._answered(request, artifacts, None)

    async def stream(
        self, request: ChatRequest, *, artifacts: ArtifactPort, hear: Callable[[str], None]
    ) -> ChatReply:
        """Ask once, and pass on the reply's text as it comes.

        A server that does not stream is asked without, and from then on, once it answered so.

        Raises:
            ChatFault: where there is no whole reply.
        """
        if not self._streams:
            return await self.complete(request, artifacts=artifacts)
        heard = Heard(hear)
        try:
            return await self._answered(request, artifacts, heard)
        except ChatFault as fault:
            if heard.anything or not _refuses_to_stream(fault):
                raise
        reply = await self.complete(request, artifacts=artifacts)
        self._streams = False
        self._tell(f"{self._name}: the server does not stream; answers come whole")
        return reply

    async def _answered(
        self, request: ChatRequest, artifacts: ArtifactPort, heard: Heard | None
    ) -> ChatReply:
        pictures = await self._encoded(request, artifacts)
        async with self._gate.of_this_loop():
            for _ in range(len(CONCESSIONS) + 1):
                started = perf_counter()
                fault, message = await self._attempt(request, pictures, heard)
                if message is not None:
                    return self._reply(request, message, pictures, perf_counter() - started)
                if fault is not None:
                    raise fault
        raise ChatFault("refused_request", "the server refuses every form", retryable=False)

    @property
    def price(self) -> Price | None:
        """Of its tokens; None where it is not known."""
        return self._settings.price

    @property
    def conceded(self) -> frozenset[str]:
        """What the server was found not to take."""
        return self._conceded.names

    def concede(self, names: Iterable[str]) -> None:
        """Do without what another process found the server not to take."""
        self._conceded.take_over(names)

    def concedes(
        self, request: ChatRequest, refusal: str, *, sent: frozenset[str] = frozenset()
    ) -> bool:
        """Whether a request that was refused is to be put again, otherwise.

        Args:
            request: that was refused.
            refusal: what the server said.
            sent: what was given up already when it was made.
        """
        given_up = self._conceded.concede(request, refusal, model=self._name, sent=sent)
        # Without tools the request itself must be another: the mind asks anew.
        return given_up not in (None, "tools")

    async def body(self, request: ChatRequest, *, artifacts: ArtifactPort) -> Body:
        """What would be sent, for whoever sends it otherwise; only of a model behind OpenAI's API.

        Args:
            request: what to ask.
            artifacts: where its pictures are.
        """
        pictures = await self._encoded(request, artifacts)
        sent = [pictures[picture_key(one)].n_bytes for one in shown_in(request)]
        return Body({"model": self._name, **self._body(request, pictures)}, len(sent), sum(sent))

    async def read(self, received: Any, *, images: int, picture_bytes: int) -> ChatReply:
        """The reply of a completion that came otherwise.

        Args:
            received: the completion as JSON.
            images: that were sent.
            picture_bytes: of them.

        Raises:
            ChatFault: it is no completion.
        """
        model: Any = await self._source.model()
        try:
            message = model.read(received)
        except chat_errors() as error:
            raise fault_of(error, timeout_s=self._settings.timeout_s) from error
        reply = to_reply(message, images=images, picture_bytes=picture_bytes, seconds=0.0)
        return self._priced(reply)

    async def _attempt(
        self, request: ChatRequest, pictures: Pictures, heard: Heard | None
    ) -> tuple[ChatFault | None, AIMessage | None]:
        """A message, or a fault; neither where the request is to be put otherwise."""
        model = await self._source.model()
        sent = self._conceded.names
        try:
            bound = request.tools and self._settings.dialect == "any"
            tools = to_functions(request.tools, strict=False) if bound else []
            called = model.bind_tools(tools) if bound else model
            async with asyncio.timeout(self._settings.timeout_s):
                return None, await self._ask(called, request, pictures, heard)
        except chat_errors() as error:
            was_refused = getattr(error, "status_code", None) in (400, 422)
            if was_refused and self.concedes(request, message_of(error), sent=sent):
                return None, None
            return fault_of(error, timeout_s=self._settings.timeout_s), None

    async def _ask(
        self, model: Any, request: ChatRequest, pictures: Pictures, heard: Heard | None
    ) -> AIMessage:
        if self._settings.dialect == "any":
            messages = to_messages(request, pictures)
            if heard is not None:
                return await heard.all_of(model.astream(messages))
            return cast("AIMessage", await model.ainvoke(messages))
        body = self._body(request, pictures)
        send = model.answer if heard is None else partial(model.streamed, hear=heard.hear)
        return await told_to_langsmith(send, body, model=str(model.model_name))

    def _body(self, request: ChatRequest, pictures: Pictures) -> dict[str, Any]:
        tools = to_functions(request.tools, strict=self._is_strict)
        return {**self._parameters(request, tools), "messages": to_wire(request, pictures)}

    @property
    def _is_strict(self) -> bool:
        return self._settings.dialect != "any" and "strict" not in self._conceded

    def _parameters(self, request: ChatRequest, tools: list[dict[str, Any]]) -> dict[str, Any]:
        body: dict[str, Any] = {}
        by_other_name = "max_tokens" in self._conceded
        newer = (self._settings.dialect == "openai") != by_other_name
        body["max_completion_tokens" if newer else "max_tokens"] = request.max_output_tokens
        if "temperature" not in self._conceded:
            body["temperature"] = request.temperature
        if request.answer_schema is not None and "response_format" not in self._conceded:
            body["response_format"] = _response_format(request)
        if tools:
            body["tools"] = tools
        return body

    async def _encoded(self, request: ChatRequest, artifacts: ArtifactPort) -> Pictures:
        wanted = {picture_key(one): one for one in shown_in(request)}
        known = {key: self._encoder.known(one) for key, one in wanted.items()}
        found = {key: one for key, one in known.items() if one is not None}
        missing = [key for key in wanted if key not in found]
        if not missing:
            return found
        encoded = await asyncio.gather(
            *(asyncio.to_thread(self._encoder.encode, wanted[key], artifacts) for key in missing)
        )
        return {**found, **dict(zip(missing, encoded, strict=True))}

    def _reply(
        self, request: ChatRequest, message: AIMessage, pictures: Pictures, seconds: float
    ) -> ChatReply:
        sent = [pictures[picture_key(one)].n_bytes for one in shown_in(request)]
        reply = to_reply(message, images=len(sent), picture_bytes=sum(sent), seconds=seconds)
        return self._priced(reply)

    def _priced(self, reply: ChatReply) -> ChatReply:
        if self._settings.price is None:
            return reply
        cost = self._settings.price.cost_usd(
            input_tokens=reply.input_tokens,
            cached_tokens=reply.cached_tokens,
            output_tokens=reply.output_tokens,
        )
        return reply.model_copy(update={"cost_usd": cost})


def _refuses_to_stream(fault: ChatFault) -> bool:
    told = NO_COMPLETION if fault.kind == "server_error" else "stream"
    return fault.kind in ("server_error", "refused_request") and told in fault.message


def shown_in(request: ChatRequest) -> list[ShownPicture]:
    """The pictures of a request, in order."""
    return [shown for message in request.messages for shown in message.pictures]


def _response_format(request: ChatRequest) -> dict[str, Any]:
    schema = {"name": request.answer_name, "schema": request.answer_schema, "strict": True}
    return {"type": "json_schema", "json_schema": schema}
