"""Servers that are no endpoint of ours: absent, or with answers that are none."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from pathlib import Path

import pytest

from agent.chat_models import open_chat
from graphs.minds.chat import ChatFault, ChatRequest, Message
from tools.artifacts import ArtifactFolder

ASKED = ChatRequest(purpose="look", messages=[Message(role="user", text="look")])


@pytest.fixture
def artifacts(tmp_path: Path) -> ArtifactFolder:
    return ArtifactFolder(tmp_path)


async def test_where_nobody_listens_the_connection_failed(artifacts: ArtifactFolder) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        client = open_chat("none", base_url=f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        with pytest.raises(ChatFault, match=r"connection failed: .*Connect call") as told:
            await client.complete(ASKED, artifacts=artifacts)

    assert (told.value.kind, told.value.retryable) == ("connection", True)


async def test_an_answer_without_choices_is_no_completion(artifacts: ArtifactFolder) -> None:
    async def empty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        writer.write(head + b'Content-Length: 14\r\n\r\n{"choices":[]}')
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(empty, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = open_chat("none", base_url=f"http://127.0.0.1:{port}/v1")
        with pytest.raises(ChatFault, match="no completion: it holds no message") as told:
            await client.complete(ASKED, artifacts=artifacts)

    assert (told.value.kind, told.value.retryable) == ("server_error", True)
