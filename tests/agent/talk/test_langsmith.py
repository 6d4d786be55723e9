"""LangSmith is told of graphs, nodes and model calls, since they are LangChain's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agent.loopback import Reply, Scripted, loopback_endpoint

CHAT = "from agent.cli import main; main()"


class Smith(NamedTuple):
    """A server where LangSmith's client sends runs, and what it was sent."""

    url: str
    received: list[bytes]


@pytest.fixture
def smith() -> Iterator[Smith]:
    received: list[bytes] = []

    class Runs(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["content-length"])))
            self.answer()

        do_PATCH = do_POST

        def answer(self) -> None:
            self.send_response(202)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Runs)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(server.serve_forever, 0.05)
        yield Smith(f"http://127.0.0.1:{server.server_port}", received)
        server.shutdown()
    server.server_close()


def test_runs_of_the_conversation_are_sent_where_the_environment_wants_it(
    smith: Smith, lots: Path
) -> None:
    told = {
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_ENDPOINT": smith.url,
        "LANGSMITH_API_KEY": "nobodys",
        "LANGSMITH_DISABLE_RUN_COMPRESSION": "true",
    }
    with loopback_endpoint(Scripted([Reply(text="It is a plate.")])) as endpoint:
        asked = ["chat", "--home", str(lots), "--say", "what is it?"]
        asked += ["--model", endpoint.model, "--base-url", endpoint.base_url]
        done = subprocess.run(
            [sys.executable, "-c", CHAT, *asked],
            env={**os.environ, **told},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "It is a plate.\n"
    sent = b"".join(smith.received)
    names = (b'"conversation"', b'"think"', b'"run_type":"llm"', b"It is a plate.")
    assert [one in sent for one in names] == [True] * 4
