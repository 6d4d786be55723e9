"""The words of a VLM reach who listens while it speaks, and whole who does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from agent.loopback import Loopback, Reply, Scripted, loopback_endpoint
from agent.server.threaded import served
from agent.settings import Settings

SAID = "I see no part. Nothing was counted [Q1]. Send a picture"
AGAIN = "I see no part. Send a picture"


@pytest.fixture(scope="module")
def vlm() -> Iterator[Loopback]:
    with loopback_endpoint(
        Scripted([Reply(text=SAID), Reply(text=AGAIN)], at_end="restart")
    ) as vlm:
        yield vlm


@pytest.fixture(scope="module")
def client(vlm: Loopback, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    given = {"home": tmp_path_factory.mktemp("live") / "home", "serve_port": 0}
    settings = Settings.model_validate({**given, "model": vlm.model, "base_url": vlm.base_url})
    with served(settings) as running, running.client() as client:
        yield client


def ask(*, stream: bool) -> dict[str, Any]:
    return {"model": "loupe", "stream": stream, "messages": [{"role": "user", "content": "well?"}]}


def streamed_of(vlm: Loopback, n: int) -> list[Any]:
    return [json.loads(one.raw).get("stream") for one in vlm.record.requests[-n:]]


def test_a_stream_has_sentences_before_the_answer_is_checked_and_tells_what_changed(
    client: httpx.Client, vlm: Loopback
) -> None:
    with client.stream("POST", "/v1/chat/completions", json=ask(stream=True)) as answer:
        lines = [line[6:] for line in answer.iter_lines() if line.startswith("data: {")]
    deltas = [json.loads(one)["choices"][0]["delta"] for one in lines]
    steps = [one.get("reasoning_content") or one.get("content") for one in deltas]
    text = "".join(one.get("content") or "" for one in deltas)

    assert steps.index("I see no part.") < steps.index("answer\n")
    before, mark, after = text.split("\n\n")
    assert (before, after) == ("I see no part.", AGAIN)
    assert mark.startswith("(")
    assert "Q1" not in text
    assert streamed_of(vlm, 2) == [True, True]


def test_who_does_not_stream_gets_the_checked_answer_alone(
    client: httpx.Client, vlm: Loopback
) -> None:
    body = client.post("/v1/chat/completions", json=ask(stream=False)).json()

    assert body["choices"][0]["message"]["content"] == AGAIN
    assert streamed_of(vlm, 2) == [None, None]


def test_the_threads_own_stream_tells_the_same_as_it_keeps(client: httpx.Client) -> None:
    with client.stream("POST", "/api/threads/live/messages", json={"text": "well?"}) as told:
        lines = [line[6:] for line in told.iter_lines() if line.startswith("data: ")]
    events = [json.loads(one) for one in lines]
    text = "".join(one["delta"] for one in events if one["kind"] == "text")
    (turn,) = client.get("/api/threads/live").json()

    assert events[-1]["answer"] == turn["answer"] == text
    assert text.startswith("I see no part.\n\n(")
    assert text.endswith(f"\n\n{AGAIN}")
