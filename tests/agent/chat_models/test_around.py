"""Words stream through everything that stands around a model: pool, pace and circuit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agent.chat_models.adaptive_limit import AdaptiveLimit
from agent.chat_models.circuit import Circuit, CircuitBreaker
from agent.chat_models.endpoint_pool import Endpoint, EndpointPool
from agent.chat_models.paced_chat import CallLedger, PacedChat
from graphs.minds.chat import ChatReply, ChatRequest, Message, StreamingChat
from tools.artifacts import ArtifactFolder

ASKED = ChatRequest(purpose="look", messages=[Message(role="user", text="look")])


class Speaker:
    """Says two words, one by one to whoever hears."""

    name, calls_tools = "speaker", True

    async def complete(self, request: ChatRequest, *, artifacts: object) -> ChatReply:
        return ChatReply(text="all good")

    async def stream(
        self, request: ChatRequest, *, artifacts: object, hear: Callable[[str], None]
    ) -> ChatReply:
        for word in ("all ", "good"):
            hear(word)
        return ChatReply(text="all good")


def pool_around(chat: Speaker) -> EndpointPool:
    ledger = CallLedger()
    breaker = CircuitBreaker(chat, circuit=Circuit())
    paced = PacedChat(breaker, limit=AdaptiveLimit(8), ledger=ledger)
    one = Endpoint(label="only", weight=1, breaker=breaker, chat=paced)
    return EndpointPool("m", [one], ledger=ledger, most=8, seed=0)


async def test_words_are_heard_through_pool_pace_and_circuit(tmp_path: Path) -> None:
    pool, heard = pool_around(Speaker()), list[str]()
    assert isinstance(pool, StreamingChat)

    reply = await pool.stream(ASKED, artifacts=ArtifactFolder(tmp_path), hear=heard.append)

    assert heard == ["all ", "good"]
    assert (reply.text, reply.endpoint) == ("all good", "only")
    assert pool.pace.counts.answered == 1


async def test_who_does_not_listen_gets_the_same_reply(tmp_path: Path) -> None:
    reply = await pool_around(Speaker()).complete(ASKED, artifacts=ArtifactFolder(tmp_path))

    assert (reply.text, reply.endpoint) == ("all good", "only")
