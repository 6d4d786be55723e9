from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.exceptions import ModelRateLimitError
from langchain_core.language_models import BaseChatModel, FakeListChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from agent.chat_models import chat_around
from graphs.minds.chat import ChatFault, ChatRequest, Message
from tools.artifacts import ArtifactFolder

ASKED = ChatRequest(purpose="look", messages=[Message(role="user", text="look")])


class OtherProvider(BaseChatModel):
    """Speaks of its usage and of its end as another provider does."""

    @property
    def _llm_type(self) -> str:
        return "other"

    def _generate(self, messages: list[BaseMessage], *given: Any, **named: Any) -> ChatResult:
        message = AIMessage(
            "cut",
            usage_metadata={"input_tokens": 7, "output_tokens": 2, "total_tokens": 9},
            response_metadata={"stop_reason": "max_tokens"},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


class Busy(OtherProvider):
    """Is never free."""

    def _generate(self, messages: list[BaseMessage], *given: Any, **named: Any) -> ChatResult:
        raise ModelRateLimitError("come back later")


async def test_any_model_of_langchain_answers(tmp_path: Path) -> None:
    chat = chat_around(FakeListChatModel(responses=["fine"]), name="fake")

    reply = await chat.complete(ASKED, artifacts=ArtifactFolder(tmp_path))

    assert (chat.name, reply.text, reply.finish) == ("fake", "fine", "stop")


async def test_usage_and_end_are_read_as_another_provider_tells_them(tmp_path: Path) -> None:
    chat = chat_around(OtherProvider(), name="other")

    reply = await chat.complete(ASKED, artifacts=ArtifactFolder(tmp_path))

    assert (reply.finish, reply.input_tokens, reply.output_tokens) == ("length", 7, 2)


async def test_its_faults_are_those_that_langchain_names(tmp_path: Path) -> None:
    with pytest.raises(ChatFault) as told:
        await chat_around(Busy(), name="busy").complete(ASKED, artifacts=ArtifactFolder(tmp_path))

    assert (told.value.kind, told.value.retryable) == ("rate_limited", True)
