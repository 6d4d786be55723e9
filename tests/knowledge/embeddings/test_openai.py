from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from knowledge.embeddings.openai import BATCH, OpenAIEmbedding
from tools.errors import KnowledgeError


class Server(ThreadingHTTPServer):
    """Answers the planned replies in order, then embeds each text as [its length, 1]."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: list[tuple[int, Any]] = []
        self.requests: list[dict[str, Any]] = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers.get("Authorization", "")
        self.server.requests.append({"path": self.path, "key": key, **body})
        status, reply = 200, embedded(body["input"])
        if self.server.replies:
            status, reply = self.server.replies.pop(0)
        data = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def embedded(texts: list[str]) -> dict[str, Any]:
    entries = [{"index": i, "embedding": [len(text), 1]} for i, text in enumerate(texts)]
    return {"data": entries[::-1]}


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_vectors_come_in_the_order_of_the_texts_with_unit_norm(server: Server) -> None:
    rows = OpenAIEmbedding("m1", server.base_url, api_key="k-1").embed(["", "abc"])
    assert rows.tolist() == [[0, 1], pytest.approx([3 / 10**0.5, 1 / 10**0.5])]
    assert server.requests == [
        {"path": "/v1/embeddings", "key": "Bearer k-1", "model": "m1", "input": ["", "abc"]}
    ]


def test_many_texts_go_in_batches(server: Server) -> None:
    rows = OpenAIEmbedding("m1", server.base_url).embed(["x"] * (BATCH + 1))
    assert rows.shape == (BATCH + 1, 2)
    assert [len(request["input"]) for request in server.requests] == [BATCH, 1]
    assert server.requests[0]["key"] == ""


def test_a_busy_server_is_asked_again(server: Server) -> None:
    server.replies = [(429, {"error": "slow down"}), (503, {})]
    assert OpenAIEmbedding("m1", server.base_url).embed(["x"]).shape == (1, 2)
    assert len(server.requests) == 3


def test_a_refusal_is_one_line_without_the_key(server: Server) -> None:
    server.replies = [(401, {"error": {"message": "bad\nkey"}})]
    with pytest.raises(KnowledgeError) as caught:
        OpenAIEmbedding("m1", server.base_url, api_key="secret").embed(["x"])
    text = str(caught.value)
    assert text.startswith(f"{server.base_url}/embeddings: answered 401:")
    assert "\n" not in text
    assert "secret" not in text
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"<html>", "answered no embeddings"),
        ({"data": []}, "1 texts want as many vectors"),
        ({"data": [{"index": 0}]}, "answered no embeddings"),
        ({"data": [{"index": 0, "embedding": [0, 0]}]}, "answered a vector of zeros"),
    ],
)
def test_nonsense_is_told(server: Server, reply: Any, expected: str) -> None:
    server.replies = [(200, reply)]
    with pytest.raises(KnowledgeError, match=expected):
        OpenAIEmbedding("m1", server.base_url).embed(["x"])


def test_a_server_that_is_not_there_is_told() -> None:
    server = Server()
    base_url = server.base_url
    server.server_close()
    with pytest.raises(KnowledgeError, match="cannot be reached"):
        OpenAIEmbedding("m1", base_url, timeout_s=1).embed(["x"])
