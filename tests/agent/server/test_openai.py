"""Loupe as a model: the `openai` client and what other assistants send."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from agent.loopback.refusals import Refused
from agent.server.openai_chat.requests import read_request
from agent.server.threaded import Running
from evals.benchmarks.tiny_product import TinyProduct


@pytest.fixture
def client(running: Running) -> Iterator[openai.OpenAI]:
    token = running.settings.serve_tokens["anna"].get_secret_value()
    with openai.OpenAI(base_url=f"{running.url}/v1", api_key=token, max_retries=0) as client:
        yield client


def picture(path: Path) -> dict[str, Any]:
    data = base64.b64encode(path.read_bytes()).decode()
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}


def user(*content: Any) -> dict[str, Any]:
    parts = [{"type": "text", "text": one} if isinstance(one, str) else one for one in content]
    return {"role": "user", "content": parts}


def said(client: openai.OpenAI, messages: list[Any], model: str = "loupe") -> str:
    answer = client.chat.completions.create(model=model, messages=messages)
    assert answer.choices[0].finish_reason == "stop"
    return answer.choices[0].message.content or ""


def test_the_client_drives_an_inspection_to_the_same_verdict(
    client: openai.OpenAI, parts: TinyProduct, spotted: dict[str, Any], anna: httpx.Client
) -> None:
    assert [one.id for one in client.models.list()] == ["loupe", "loupe-pictures"]
    answer = said(client, [user("inspect", picture(parts.spotted))])

    assert f"ANOMALOUS, score {spotted['score']:.2f}" in answer
    # It is kept as any other, and is its person's.
    found = anna.get("/api/inspections", params={"q": "picture.png anomalous"}).json()
    assert found["inspections"][0]["decision"] == spotted["decision"]


def test_a_conversation_goes_on_though_the_wire_has_no_name_for_it(
    client: openai.OpenAI, parts: TinyProduct, anna: httpx.Client
) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "You are helpful."},
        user("inspect", picture(parts.normal)),
    ]
    before = {one["thread"] for one in anna.get("/api/threads").json()}
    first = said(client, messages)
    messages += [{"role": "assistant", "content": f"{first}\n"}, user("why?")]
    second = said(client, messages)

    assert "NORMAL" in first
    assert "[I1]" in second
    new = [one for one in anna.get("/api/threads").json() if one["thread"] not in before]
    assert [one["turns"] for one in new] == [2]
    turns = anna.get(f"/api/threads/{new[0]['thread']}").json()
    assert [one["answer"] for one in turns] == [first, second]


def test_a_stream_begins_with_a_step_and_ends_with_the_usage(
    client: openai.OpenAI, parts: TinyProduct
) -> None:
    messages: Any = [user("inspect", picture(parts.spotted))]
    stream = client.chat.completions.create(
        model="loupe-pictures",
        messages=messages,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [one.model_dump() for one in stream]

    deltas = [one["choices"][0]["delta"] for one in chunks if one["choices"]]
    assert deltas[1]["reasoning_content"] == "listen\n"
    steps = "".join(one.get("reasoning_content") or "" for one in deltas)
    assert "survey" in steps
    text = "".join(one.get("content") or "" for one in deltas)
    assert "ANOMALOUS" in text
    assert "](data:image/jpeg;base64," in text
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["total_tokens"] == 0


def test_what_is_unclear_is_asked_in_the_conversation_and_decided_there(
    client: openai.OpenAI, strange: Path
) -> None:
    messages: list[Any] = [user("inspect", picture(strange))]
    asked = said(client, messages)
    messages += [{"role": "assistant", "content": asked}, user("anomalous")]
    decided = said(client, messages)

    assert "A person must decide on A1" in asked
    assert "ANOMALOUS" not in asked
    assert "ANOMALOUS" in decided


def test_without_a_picture_it_asks_back(client: openai.OpenAI) -> None:
    answer = said(client, [user("inspect this")])

    assert "picture" in answer.lower() or "file" in answer.lower()


@pytest.mark.parametrize(
    ("model", "content", "status", "code"),
    [
        ("gpt-4o", ["hello"], 404, "model_not_found"),
        ("loupe", [{"type": "input_audio", "input_audio": {}}], 400, "invalid_value"),
        ("loupe", [{"type": "image_url", "image_url": {"url": "data:image/png;base64,!"}}], 400,
         "invalid_image_url"),
        ("loupe", [{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}], 400,
         "invalid_image_format"),
        ("loupe", [{"type": "image_url", "image_url": {"url": "http://127.0.0.1/a.png"}}], 400,
         "remote_urls_off"),
        ("loupe", [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}], 400,
         "remote_urls_off"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_as_openai_does(
    client: openai.OpenAI, model: str, content: list[Any], status: int, code: str
) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        said(client, [user(*content)], model)

    assert (refused.value.status_code, refused.value.code) == (status, code)


def test_a_wrong_key_is_an_authentication_error(running: Running) -> None:
    with (
        openai.OpenAI(base_url=f"{running.url}/v1", api_key="x" * 20, max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.models.list()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([], "expected an object"),
        ({"model": "loupe"}, "Missing required parameter: 'messages'"),
        ({"model": "loupe", "messages": []}, "empty array"),
        (
            {"model": "loupe", "messages": [{"role": "king", "content": ""}]},
            "Invalid value: 'king'",
        ),
        ({"model": "loupe", "messages": [{"role": "assistant", "content": ""}]}, "the user's"),
        ({"model": "loupe", "n": 2, "messages": [{"role": "user", "content": "x"}]}, "n must be 1"),
        ({"model": "loupe", "messages": [{"role": "user", "content": 7}]}, "Invalid type"),
    ],
)
def test_a_body_that_is_no_request_is_told_where(body: Any, told: str) -> None:
    with pytest.raises(Refused, match=told):
        read_request(body)


def test_a_thread_of_another_person_is_not_there(
    anna: httpx.Client, ben: httpx.Client, running: Running
) -> None:
    with anna.stream("POST", "/api/threads/annas/messages", json={"text": "help"}) as told:
        events = told.read().decode()
    assert events.startswith("event: node")
    assert "event: done" in events

    assert len(anna.get("/api/threads/annas").json()) == 1
    assert ben.get("/api/threads/annas").status_code == 404
    assert ben.post("/api/threads/annas/messages", json={"text": "help"}).status_code == 404
    assert ben.get(f"/api/threads/annas/pictures/{'a' * 64}.png").status_code == 404
    assert "annas" not in ben.get("/api/threads").text
    assert anna.get("/api/threads/..%2f..%2fx").status_code in (400, 404)


def test_another_persons_inspection_cannot_be_talked_about(
    ben: httpx.Client, spotted: dict[str, Any]
) -> None:
    ask = {"text": f"why {spotted['id']}"}
    with ben.stream("POST", "/api/threads/bens/messages", json=ask) as told:
        events = told.read().decode()

    assert "event: done" in events
    assert "ANOMALOUS" not in events
    assert "event: inspection" not in events


def test_what_is_counted_are_the_units_that_a_person_may_see(
    anna: httpx.Client, ben: httpx.Client, spotted: dict[str, Any]
) -> None:
    def counted(client: httpx.Client, thread: str) -> set[str]:
        ask = {"text": "pareto"}
        with client.stream("POST", f"/api/threads/{thread}/messages", json=ask) as told:
            return set(re.findall(r"\d{8}T\d{6}/[\w.-]*\w-[0-9a-f]{8}", told.read().decode()))

    annas = counted(anna, "annas-pareto")
    assert annas
    assert all(anna.get(f"/api/inspections/{ref}").is_success for ref in annas)
    assert all(ben.get(f"/api/inspections/{ref}").status_code == 404 for ref in annas)
    assert counted(ben, "bens-pareto") == set()
