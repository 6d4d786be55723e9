"""One model at several endpoints: each inspection keeps to one, and others take over what fails.

The choice is weighted rendezvous hashing (Thaler and Ravishankar 1998; weights after Schindelhauer
and Schomaker 2005): it depends on seed, weights and inspection alone, so that a run repeats and a
server's prefix cache works, and the share of an endpoint that is away goes to the others by their
weights. Knows no client.
"""

from __future__ import annotations

import hashlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

from agent.chat_models.around import StreamingAsk
from agent.chat_models.circuit import CircuitBreaker
from agent.chat_models.paced_chat import CallLedger, Pace, PacedChat
from agent.chat_models.session import inspection_of_call
from graphs.minds.chat import ChatFault, ChatReply, ChatRequest, ask_once
from tools.ports import ArtifactPort

MAX_FAILED = 1024
"""Requests whose endpoints are remembered until they are answered elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One place where the model answers."""

    label: str
    weight: float
    breaker: CircuitBreaker
    chat: PacedChat
    """Around the breaker."""


class EndpointPool(StreamingAsk):
    """A model whose calls go to one of several endpoints."""

    def __init__(
        self,
        name: str,
        endpoints: Sequence[Endpoint],
        *,
        ledger: CallLedger,
        most: int,
        seed: int,
    ) -> None:
        """Take the endpoints.

        Args:
            name: of the model, as it stands in verdicts.
            endpoints: at least one, each with a label of its own.
            ledger: that all of them count in.
            most: calls under way at once over all of them, for what is told.
            seed: decides which inspection goes where.
        """
        self._name = name
        self._endpoints = tuple(endpoints)
        self._ledger = ledger
        self._most = most
        self._seed = seed
        self._failed: OrderedDict[str, set[str]] = OrderedDict()
        self._answered: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The model's."""
        return self._name

    @property
    def calls_tools(self) -> bool:
        """Whether it does at every endpoint, as far as is known."""
        return all(one.chat.calls_tools for one in self._endpoints)

    @property
    def pace(self) -> Pace:
        """How the calls go over all endpoints."""
        paces = [one.chat.pace for one in self._endpoints]
        return Pace(
            under_way=sum(one.under_way for one in paces),
            allowed=min(sum(one.allowed for one in paces), self._most),
            lowest=min(sum(one.lowest for one in paces), self._most),
            paused_s=min(one.paused_s for one in paces),
            counts=self._ledger.counts,
            answered_by=dict(self._answered),
        )

    async def _ask(
        self,
        request: ChatRequest,
        artifacts: ArtifactPort,
        hear: Callable[[str], None] | None,
    ) -> ChatReply:
        endpoint = self._choose(request)
        try:
            reply = await ask_once(endpoint.chat, request, artifacts=artifacts, hear=hear)
        except ChatFault as fault:
            if fault.retryable:
                self._remember(request, endpoint)
            raise
        if self._failed:
            self._failed.pop(request.key(), None)
        self._answered[endpoint.label] += 1
        return reply.model_copy(update={"endpoint": endpoint.label})

    def _choose(self, request: ChatRequest) -> Endpoint:
        """The first in the inspection's order that is well; the least bad where none is."""
        order = self._order(inspection_of_call() or _opening(request))
        failed = self._failed.get(request.key(), set()) if self._failed else set()
        found = order
        for is_well in (
            lambda one: not one.breaker.is_open,
            lambda one: one.label not in failed,
            lambda one: one.chat.pace.paused_s <= 0,
        ):
            found = [one for one in found if is_well(one)] or found
        return found[0]

    def _order(self, session: str) -> list[Endpoint]:
        return sorted(self._endpoints, key=lambda one: self._score(one, session), reverse=True)

    def _score(self, endpoint: Endpoint, session: str) -> float:
        drawn = hashlib.sha256(f"{self._seed} {endpoint.label} {session}".encode()).digest()
        uniform = (int.from_bytes(drawn[:8], "big") + 1) / (2**64 + 2)
        return -endpoint.weight / log(uniform)

    def _remember(self, request: ChatRequest, endpoint: Endpoint) -> None:
        failed = self._failed.setdefault(request.key(), set())
        failed.add(endpoint.label)
        if len(failed) == len(self._endpoints):
            failed.clear()
        while len(self._failed) > MAX_FAILED:
            self._failed.popitem(last=False)


def _opening(request: ChatRequest) -> str:
    """What calls of one conversation have in common, where nobody says which one they are of."""
    opening = next((one for one in request.messages if one.role == "user"), None)
    return "" if opening is None else opening.model_dump_json()
