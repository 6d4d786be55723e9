"""A reply that is heard while it comes: whole at the end, and asked without where none streams."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from agent.chat_models import LangChainChat, chat_around
from agent.loopback import CalledTool, ChatRequest, Reply, Scripted, WireFault, loopback_endpoint
from graphs.minds.chat import ChatFault, ChatReply, Message, OfferedTool
from graphs.minds.chat import ChatRequest as Asked
from tools.artifacts import ArtifactFolder

EMPTY: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
ASKED = Asked(
    purpose="converse",
    messages=[Message(role="user", text="look")],
    tools=[OfferedTool(name="zoom", description="closer", parameters=EMPTY)],
)
TEXT = "It is broken in two places. Look at the left edge."
Connect = Callable[..., LangChainChat]


async def heard(chat: LangChainChat, folder: Path) -> tuple[list[str], ChatReply]:
    pieces: list[str] = []
    reply = await chat.stream(ASKED, artifacts=ArtifactFolder(folder), hear=pieces.append)
    return pieces, reply


async def test_the_text_comes_in_pieces_and_the_reply_is_what_it_is_without_them(
    chat: Connect, tmp_path: Path
) -> None:
    call = CalledTool(name="zoom", arguments={})
    script = Scripted([Reply(text=TEXT, tool_calls=(call,))], at_end="repeat")
    with loopback_endpoint(script) as endpoint:
        client = chat(endpoint)
        pieces, reply = await heard(client, tmp_path)
        whole = await client.complete(ASKED, artifacts=ArtifactFolder(tmp_path))
        streamed, plain = (json.loads(one.raw) for one in endpoint.record.requests)

    assert len(pieces) > 1
    assert "".join(pieces) == reply.text == TEXT
    # Time, the ids of calls, and what the server had from the first request are their own.
    own = {"seconds", "tool_calls", "cached_tokens"}
    assert reply.model_dump(exclude=own) == whole.model_dump(exclude=own)
    assert [(one.name, one.arguments) for one in reply.tool_calls] == [("zoom", "{}")]
    assert reply.finish == "tool_calls"
    assert reply.output_tokens > 0
    assert streamed.pop("stream_options") == {"include_usage": True}
    assert streamed.pop("stream") is True
    assert streamed == plain


async def test_a_refusal_is_told_as_one(chat: Connect, tmp_path: Path) -> None:
    with loopback_endpoint(Scripted([Reply(refusal="I cannot help.")])) as endpoint:
        pieces, reply = await heard(chat(endpoint), tmp_path)

    assert (pieces, reply.refusal) == ([], "I cannot help.")


async def test_a_stream_that_breaks_off_is_a_fault_though_words_came(
    chat: Connect, tmp_path: Path
) -> None:
    cut = Reply(text=TEXT * 40, fault=WireFault(kind="cut"))
    with loopback_endpoint(Scripted([cut, Reply(text="whole")])) as endpoint:
        with pytest.raises(ChatFault) as told:
            await heard(chat(endpoint), tmp_path)
        n_asked = len(endpoint.record.requests)

    assert told.value.retryable
    assert told.value.kind in ("connection", "server_error")
    assert n_asked == 1


class NoStream:
    """Refuses to stream, as some servers do."""

    def reply(self, request: ChatRequest) -> Reply:
        if request.body.get("stream"):
            message = "stream_options is not supported"
            return Reply(fault=WireFault(kind="status", status=400, message=message))
        return Reply(text=TEXT)


async def test_a_server_that_does_not_stream_is_asked_without_from_then_on(
    chat: Connect, tmp_path: Path
) -> None:
    with loopback_endpoint(NoStream()) as endpoint:
        client = chat(endpoint)
        first = await heard(client, tmp_path)
        second = await heard(client, tmp_path)
        n_asked = len(endpoint.record.requests)

    assert [one[0] for one in (first, second)] == [[], []]
    assert [one[1].text for one in (first, second)] == [TEXT, TEXT]
    assert n_asked == 3


async def test_any_model_of_langchain_is_heard(tmp_path: Path) -> None:
    client = chat_around(FakeListChatModel(responses=["fine"]), name="fake")
    pieces: list[str] = []
    reply = await client.stream(
        ASKED.model_copy(update={"tools": []}),
        artifacts=ArtifactFolder(tmp_path),
        hear=pieces.append,
    )

    assert pieces == list("fine")
    assert (reply.text, reply.finish) == ("fine", "stop")
