"""A webhook is posted to, signed, and never sent on to another address."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, NamedTuple

import pytest
from pydantic import SecretStr

from agent.batch.records import BatchRow
from agent.watching.sinks.records import SinkError, Told
from agent.watching.sinks.webhook import Webhook, signature

TOLD = Told(
    key="run-a",
    run="run",
    number=1,
    again=False,
    row=BatchRow(task="a", asset="/line/ü.png", status="decided", decision="normal"),
)


class Post(NamedTuple):
    """What a receiver got."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """A real HTTP server on loopback that answers as it is told."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.posts.append(Post(self.path, headers, body))
                self.send_response(receiver.status)
                for name, value in {**receiver.headers, "content-length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *words: Any) -> None:
                """Be quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


Tell = Callable[[Webhook], SinkError | None]


@pytest.fixture
def tell() -> Tell:
    """Tells one row; gives what went wrong."""

    async def both(sink: Webhook) -> SinkError | None:
        try:
            await sink.tell(TOLD)
        except SinkError as error:
            return error
        finally:
            await sink.close()
        return None

    return lambda sink: asyncio.run(both(sink))


def test_a_receiver_can_check_who_sent_a_row_and_when(receiver: Receiver, tell: Tell) -> None:
    sink = Webhook(f"{receiver.url}/line?id=7", secret=SecretStr("s3cret"), now=lambda: 1e9 + 0.9)

    assert tell(sink) is None

    post = receiver.posts[0]
    assert (post.path, post.headers["idempotency-key"]) == ("/line?id=7", "run-a")
    assert json.loads(post.body) == TOLD.model_dump()
    by_hand = hmac.new(b"s3cret", b"1000000000." + post.body, hashlib.sha256).hexdigest()
    assert post.headers["loupe-signature"] == f"t=1000000000,v1={by_hand}"


def test_another_time_body_or_secret_gives_another_signature() -> None:
    assert len({signature(*one, seconds=s) for one, s in zip(
        [("a", b"x"), ("a", b"x"), ("a", b"y"), ("b", b"x")], [1, 2, 1, 1], strict=True
    )}) == 4  # fmt: skip


def test_without_a_secret_nothing_is_signed(receiver: Receiver, tell: Tell) -> None:
    assert tell(Webhook(receiver.url)) is None

    assert "loupe-signature" not in receiver.posts[0].headers


def test_a_redirect_is_not_followed(receiver: Receiver, tell: Tell) -> None:
    receiver.status, receiver.headers = 307, {"location": f"{receiver.url}/elsewhere"}

    error = tell(Webhook(receiver.url))

    assert "which is not followed" in str(error)
    assert [post.path for post in receiver.posts] == ["/"]


@pytest.mark.parametrize(
    ("status", "refused"), [(503, False), (429, False), (401, False), (404, False), (422, True)]
)
def test_a_status_is_the_receivers_or_the_rows_own(
    receiver: Receiver, tell: Tell, status: int, refused: bool
) -> None:
    receiver.status, receiver.headers = status, {"retry-after": "7"}

    error = tell(Webhook(receiver.url))

    assert error is not None
    assert (str(error), error.retry_after_s, error.refused) == (f"status {status}", 7.0, refused)


def test_a_receiver_that_is_not_there_is_a_failure_of_the_sink(tell: Tell) -> None:
    assert str(tell(Webhook("http://127.0.0.1:9/x"))).startswith("ConnectError")


def test_a_name_has_no_secret() -> None:
    sink = Webhook("https://user:pass@mes.example:8443/line?token=t")

    assert sink.name == "https://mes.example:8443/line"
