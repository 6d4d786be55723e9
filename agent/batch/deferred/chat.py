"""A chat model that asks nobody: it answers what was collected, and notes the rest for a wave.

Knows no server and no run.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

from agent.answers import AnswerKeys
from agent.batch.deferred.box import DeferredBox, Outcome, Question
from agent.batch.deferred.spool import Spool
from agent.chat_models import LangChainChat
from agent.chat_models.around import ChatAround
from agent.chat_models.session import inspection_of_call
from agent.purse import Unanswered
from graphs.minds.chat import ChatFault, ChatReply, ChatRequest, FaultKind
from tools.ports import ArtifactPort

SHARE = 0.5
"""Of the price: what the batch API asks, by OpenAI's documentation."""
SIBLINGS_S = 0.05
"""Within which an inspection's other questions of the same moment are begun."""
PUT_OTHERWISE = frozenset({400, 422})
CHARACTERS_A_TOKEN = 3
TOKENS_A_PICTURE = 2000
"""Bounds for what a question may cost, before anything like it was answered."""


class DeferredChat(ChatAround):
    """One model behind a batch API."""

    def __init__(
        self,
        chat: LangChainChat,
        *,
        keys: AnswerKeys,
        box: DeferredBox,
        spool: Spool,
        attempts: int,
    ) -> None:
        """Take the model.

        Args:
            chat: makes bodies, and reads answers.
            keys: of questions, as their answers are kept.
            box: what was sent and came back.
            spool: where questions are noted.
            attempts: how often a question that comes back without an answer is sent.
        """
        super().__init__(chat)
        self._model = chat
        self._keys = keys
        self._box = box
        self._spool = spool
        self._attempts = attempts
        self._asked: Counter[tuple[str, str]] = Counter()
        self._being_noted: Counter[str] = Counter()
        self.n_consumed = 0
        """Answers and faults that were collected and taken up."""
        chat.concede(box.conceded)

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        """What came of the question.

        Raises:
            Unanswered: nothing yet; it is noted, or under way.
            ChatFault: it was refused, or came back without an answer too often.
        """
        key, inspection = self._keys.of(request), inspection_of_call()
        self._asked[inspection, key] += 1
        outcome = self._box.outcome(key, self._asked[inspection, key])
        if outcome is not None:
            reply = await self._read(request, key, outcome)
            if reply is not None:
                return reply
        elif self._box.n_lost(key) >= self._attempts:
            raise ChatFault(
                "timeout",
                f"the batch API gave no answer in {self._attempts} batches",
                retryable=False,
            )
        await self._note(request, key, inspection, artifacts)
        raise Unanswered(f"{self.name} is asked by its batch API")

    async def _read(self, request: ChatRequest, key: str, outcome: Outcome) -> ChatReply | None:
        """The answer; None where the question is to be put otherwise."""
        if outcome.status == 200:
            reply = await self._model.read(
                json.loads(outcome.body),
                images=outcome.images,
                picture_bytes=outcome.picture_bytes,
            )
            self.n_consumed += 1
            cost = None if reply.cost_usd is None else reply.cost_usd * SHARE
            return reply.model_copy(update={"cost_usd": cost})
        said = _said(outcome.body)
        if outcome.status in PUT_OTHERWISE:
            is_conceded = self._model.concedes(request, said)
            self._box.concede(self._model.conceded)
            if is_conceded and self._box.forget(key) < self._attempts:
                return None
        self.n_consumed += 1
        kind: FaultKind = "server_error" if outcome.status >= 500 else "refused_request"
        message = f"status {outcome.status}, {said}"
        raise ChatFault(kind, message, retryable=False, status=outcome.status)

    async def _note(
        self, request: ChatRequest, key: str, inspection: str, artifacts: ArtifactPort
    ) -> None:
        """Note a question, and wait until the inspection's others of this moment are noted.

        The first to raise ends the others with it, which would cost a wave for each.
        """
        self._being_noted[inspection] += 1
        try:
            if not (key in self._spool or self._box.is_under_way(key)):
                found = await self._model.body(request, artifacts=artifacts)
                question = Question(key, found.images, found.picture_bytes)
                dearest = self._dearest_usd(request, found.images)
                self._spool.note(question, found.body, dearest_usd=dearest)
            await asyncio.sleep(SIBLINGS_S)
        finally:
            self._being_noted[inspection] -= 1
        while self._being_noted[inspection] > 0:
            await asyncio.sleep(SIBLINGS_S)

    def _dearest_usd(self, request: ChatRequest, images: int) -> float:
        """More than the answer can cost: what is sent, counted high, and all that may come."""
        if self._model.price is None:
            return 0.0
        n_characters = len(request.model_dump_json())
        sent = n_characters // CHARACTERS_A_TOKEN + images * TOKENS_A_PICTURE
        allowed = request.max_output_tokens
        return SHARE * self._model.price.cost_usd(
            input_tokens=sent, cached_tokens=0, output_tokens=allowed
        )


def _said(body: str) -> str:
    """What an error says."""
    try:
        document: Any = json.loads(body)
    except ValueError:
        return body[:300]
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return body[:300]
    told = [error.get("message"), error.get("param"), error.get("code")]
    return " ".join(str(one) for one in told if one)
