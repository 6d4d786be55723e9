"""Asks a chat model until its answer can be used, a bounded number of times. Knows no prompt."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Generic, NamedTuple, TypeVar

from graphs.journal import CallLine, Journal
from graphs.minds.chat import (
    ChatFault,
    ChatPort,
    ChatReply,
    ChatRequest,
    FaultKind,
    Hearer,
    Message,
    StreamingChat,
)
from graphs.minds.contract import MindFault
from graphs.minds.vlm.templates import render
from graphs.records import Usage
from tools.answers.words import refuses
from tools.ports import ArtifactPort

T = TypeVar("T")
CANCELLED = "given up while it was under way: whoever asked waits no longer"
LATER_S = 0.001
"""After a request went out: what its trace needs is made then, not when the answer is there."""
NOTHING_SAID = "(an answer without text)"
ANEW: frozenset[FaultKind] = frozenset({"refusal"})
"""Asked again in the same words: to say what was wrong would argue with a refusal."""


class Unusable(Exception):
    """A reply that cannot be used, and why."""

    def __init__(self, kind: FaultKind, reason: str, *, advice: str = "") -> None:
        super().__init__(reason)
        self.kind: FaultKind = kind
        self.reason = reason
        """Half a sentence about the reply, for the model and for the record."""
        self.advice = advice
        """A sentence for the model alone."""


class Asked(NamedTuple, Generic[T]):
    """An answer, the reply that it was read from, and what all attempts cost."""

    answer: T
    reply: ChatReply
    usage: Usage


Read = Callable[[ChatReply, bool], T]
"""Reads a reply; the flag says that no attempt is left. Raises Unusable."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often, and how long between."""

    max_attempts: int
    first_pause_s: float
    max_pause_s: float
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    def pause_s(self, attempt: int, request: ChatRequest, *, asked_s: float | None) -> float:
        """Before the attempt after this one; what the server asks counts more."""
        if asked_s is not None:
            return min(max(asked_s, 0.0), self.max_pause_s)
        # Inspections that failed together must not come back together: full jitter, after Brooker,
        # Exponential Backoff And Jitter (AWS, 2015), drawn by the request, so that a run repeats.
        drawn = hashlib.sha256(f"{attempt} {request.key()}".encode()).hexdigest()
        doubled: int = 2**attempt
        longest_s = min(self.first_pause_s * doubled, self.max_pause_s)
        return longest_s * int(drawn[:8], 16) / 2**32


@dataclass(frozen=True, kw_only=True)
class Asker:
    """One chat model, and who is told of each attempt."""

    chat: ChatPort
    artifacts: ArtifactPort
    journal: Journal
    patience: Patience

    async def ask(
        self, request: ChatRequest, read: Read[T], *, hearer: Hearer | None = None
    ) -> Asked[T]:
        """Ask until a reply can be read.

        Args:
            request: the first; later ones add what was wrong with the reply before.
            read: what makes an answer of a reply.
            hearer: hears replies while they come, where the model can be heard.

        Raises:
            MindFault: after the last attempt, or at once where no other would help.
        """
        tries = _Tries(self, request.purpose)
        for attempt in range(1, self.patience.max_attempts + 1):
            last = attempt == self.patience.max_attempts
            reply = None
            try:
                reply = await tries.attempt(request, attempt, hearer)
                answer = read_reply(reply, read, last=last)
            except ChatFault as fault:
                tries.note(request, attempt, reply, fault.kind, fault.message)
                if last or not fault.retryable:
                    break
                pause = self.patience.pause_s(attempt, request, asked_s=fault.retry_after_s)
                await self.patience.sleep(pause)
            except Unusable as fault:
                tries.note(request, attempt, reply, fault.kind, fault.reason)
                request = corrected(request, reply, fault)
            except asyncio.CancelledError:
                tries.note(request, attempt, reply, "timeout", CANCELLED)
                raise
            else:
                tries.note(request, attempt, reply, None, "")
                return Asked(answer, reply, tries.usage)
        raise tries.given_up()


def read_reply(reply: ChatReply, read: Read[T], *, last: bool) -> T:
    """Read a reply that is whole and no refusal.

    Raises:
        Unusable: refused, cut, empty, or not what was asked for.
    """
    if reply.refusal or reply.finish == "content_filter":
        said = reply.refusal or "the server's filter stopped the answer"
        raise Unusable("refusal", f"it was a refusal: {said}")
    if reply.finish == "length":
        raise Unusable("truncated", "it was cut at the token limit", advice="Be shorter.")
    if not reply.text.strip() and not reply.tool_calls:
        raise Unusable("empty", "it was empty")
    try:
        return read(reply, last)
    except Unusable as fault:
        if fault.kind == "unreadable" and not reply.tool_calls and refuses(reply.text):
            raise Unusable("refusal", f"it was a refusal: {reply.text[:200]}") from fault
        raise


def corrected(request: ChatRequest, reply: ChatReply | None, fault: Unusable) -> ChatRequest:
    """The request with the unusable reply and what was wrong with it."""
    if fault.kind in ANEW:
        return request
    said = reply.text.strip() if reply else ""
    calls = [f"{call.name}({call.arguments})" for call in reply.tool_calls] if reply else []
    text = "\n".join(part for part in (said, *calls) if part) or NOTHING_SAID
    added = [
        Message(role="assistant", text=text),
        Message(role="user", text=render("correction", reason=fault.reason, advice=fault.advice)),
    ]
    return request.model_copy(update={"messages": [*request.messages, *added]})


@dataclass
class _Tries:
    """The attempts of one question."""

    asker: Asker
    purpose: str
    usage: Usage = field(default_factory=Usage)
    kind: FaultKind = "empty"
    message: str = ""
    n_attempts: int = 0
    _seconds: float = 0.0

    async def attempt(self, request: ChatRequest, attempt: int, hearer: Hearer | None) -> ChatReply:
        self.n_attempts = attempt
        # The key is made, and with it the request's JSON, while the model thinks.
        asyncio.get_running_loop().call_later(LATER_S, request.key)
        chat, artifacts = self.asker.chat, self.asker.artifacts
        started = perf_counter()
        try:
            if hearer is None or not isinstance(chat, StreamingChat):
                return await chat.complete(request, artifacts=artifacts)
            hearer.begin()
            return await chat.stream(request, artifacts=artifacts, hear=hearer.hear)
        finally:
            self._seconds = perf_counter() - started

    def note(
        self,
        request: ChatRequest,
        attempt: int,
        reply: ChatReply | None,
        fault: FaultKind | None,
        message: str,
    ) -> None:
        self.usage = total([self.usage, usage_of(reply, seconds=self._seconds)])
        if fault is not None:
            self.kind, self.message = fault, " ".join(message.split())
        self.asker.journal.write(
            CallLine(
                at=datetime.now(UTC).isoformat(),
                key=request.key(),
                attempt=attempt,
                model=self.asker.chat.name,
                request=request,
                reply=reply,
                fault=fault,
                message=message,
                seconds=self._seconds,
            )
        )

    def given_up(self) -> MindFault:
        times = "1 attempt" if self.n_attempts == 1 else f"{self.n_attempts} attempts"
        return MindFault(
            self.kind,
            f"{self.asker.chat.name} gave no usable answer ({self.purpose}, {times}): "
            f"{self.kind.replace('_', ' ')}, {self.message}",
            usage=self.usage,
        )


def usage_of(reply: ChatReply | None, *, seconds: float) -> Usage:
    """What one attempt cost; of a fault only the call and its time are known."""
    if reply is None:
        return Usage(vlm_calls=1, seconds=seconds)
    return Usage(
        vlm_calls=1,
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        cached_tokens=reply.cached_tokens,
        images=reply.images,
        picture_bytes=reply.picture_bytes,
        cost_usd=reply.cost_usd or 0.0,
        unpriced_calls=int(reply.cost_usd is None),
        seconds=seconds,
    )


def total(spent: Sequence[Usage]) -> Usage:
    """The sum of several; none of them has seconds of tools."""
    names = [name for name in Usage.model_fields if name != "tool_seconds"]
    return Usage(**{name: sum(getattr(one, name) for one in spent) for name in names})
