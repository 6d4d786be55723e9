"""Files and batches are taken, answered, refused and listed as the real API does it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from agent.loopback import Limits, Loopback, Reply, Scripted, loopback_endpoint

LIMITS = Limits(max_batch_requests=3, max_batch_bytes=2000)


def line(name: str, **changes: Any) -> dict[str, Any]:
    body = {"model": "m", "messages": [{"role": "user", "content": name}]}
    url = "/v1/chat/completions"
    return {"custom_id": name, "method": "POST", "url": url, "body": body, **changes}


@pytest.fixture
def endpoint() -> Iterator[Loopback]:
    model = Scripted([Reply(text="well")], at_end="repeat")
    with loopback_endpoint({"m": model}, limits=LIMITS) as served:
        yield served


@pytest.fixture
def client(endpoint: Loopback) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=endpoint.base_url, api_key="any", max_retries=0) as opened:
        yield opened


def send(client: openai.OpenAI, *lines: Any, name: str = "in.jsonl") -> str:
    rows = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines]
    return client.files.create(file=(name, b"\n".join(rows)), purpose="batch").id


def create(client: openai.OpenAI, file: str, **changes: Any) -> openai.types.Batch:
    given: dict[str, Any] = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
    return client.batches.create(input_file_id=file, **{**given, **changes})


def read(client: openai.OpenAI, file: str | None) -> list[Any]:
    return [json.loads(one) for one in client.files.content(str(file)).text.splitlines()]


def test_a_batch_is_validated_in_progress_and_completed(
    client: openai.OpenAI, endpoint: Loopback
) -> None:
    batch = create(client, send(client, line("a"), line("b")), metadata={"of": "me"})
    assert (batch.status, batch.metadata) == ("validating", {"of": "me"})

    endpoint.batches.hold = True
    assert client.batches.retrieve(batch.id).status == "in_progress"
    endpoint.batches.hold = False
    done = client.batches.retrieve(batch.id)

    assert (done.status, done.error_file_id) == ("completed", None)
    assert done.request_counts is not None
    assert (done.request_counts.total, done.request_counts.completed) == (2, 2)
    answers = read(client, done.output_file_id)
    assert [one["custom_id"] for one in answers] == ["a", "b"]
    body = answers[0]["response"]["body"]
    assert (body["object"], body["choices"][0]["message"]["content"]) == ("chat.completion", "well")


def test_what_is_refused_for_itself_stands_in_the_error_file(client: openai.OpenAI) -> None:
    wrong = line("b", body={"model": "m", "messages": []})
    batch = create(client, send(client, line("a"), wrong))
    done = client.batches.retrieve(batch.id)

    assert done.status == "completed"
    (failed,) = read(client, done.error_file_id)
    assert (failed["custom_id"], failed["response"]["status_code"]) == ("b", 400)
    assert failed["response"]["body"]["error"]["param"] == "messages"


def test_what_was_not_reached_in_time_expires(client: openai.OpenAI, endpoint: Loopback) -> None:
    endpoint.batches.expire_after = 1
    batch = create(client, send(client, line("a"), line("b")))
    done = client.batches.retrieve(batch.id)

    assert done.status == "expired"
    assert [one["custom_id"] for one in read(client, done.output_file_id)] == ["a"]
    (failed,) = read(client, done.error_file_id)
    assert (failed["response"], failed["error"]["code"]) == (None, "batch_expired")


@pytest.mark.parametrize(
    ("lines", "code", "number"),
    [
        ([b"{"], "invalid_json_line", 1),
        ([b"[]"], "invalid_json_line", 1),
        ([line("a"), line("a")], "duplicate_custom_id", 2),
        ([line("a", method="GET")], "invalid_method", 1),
        ([line("a", url="/v1/embeddings")], "invalid_url", 1),
        ([line("a", body={"model": "n"})], "model_not_found", 1),
        ([line("a", more=1)], "unknown_parameter", 1),
        ([line("")], "missing_required_parameter", 1),
        ([line(name) for name in "abcd"], "too_many_tasks", None),
        ([], "empty_file", None),
    ],
)
def test_a_file_with_a_wrong_line_fails_as_a_whole(
    client: openai.OpenAI, endpoint: Loopback, lines: list[Any], code: str, number: int | None
) -> None:
    done = client.batches.retrieve(create(client, send(client, *lines)).id)

    assert (done.status, done.output_file_id) == ("failed", None)
    assert done.errors is not None
    assert done.errors.data is not None
    assert [(one.code, one.line) for one in done.errors.data] == [(code, number)]
    assert not endpoint.batches.asked


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"completion_window": "1h"}, "completion_window"),
        ({"endpoint": "/v1/embeddings"}, "endpoint"),
        ({"metadata": {"x": "y" * 513}}, "metadata"),
        ({"extra_body": {"priority": 1}}, "priority"),
        ({"input_file_id": "file-none"}, "id"),
    ],
)
def test_a_batch_that_cannot_be_is_refused(
    client: openai.OpenAI, changes: dict[str, Any], param: str
) -> None:
    file = changes.pop("input_file_id", None) or send(client, line("a"))

    with pytest.raises((openai.BadRequestError, openai.NotFoundError)) as refused:
        create(client, file, **changes)
    assert refused.value.param == param


def test_files_of_another_kind_or_size_are_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="extension"):
        send(client, line("a"), name="in.json")
    with pytest.raises(openai.APIStatusError, match="too large"):
        send(client, b"x" * 2001)


def test_batches_are_listed_page_by_page_and_cancelled_where_they_are(
    client: openai.OpenAI, endpoint: Loopback
) -> None:
    endpoint.batches.hold = True
    made = [create(client, send(client, line(str(number)))).id for number in range(25)]

    assert [one.id for one in client.batches.list(limit=10)] == made[::-1]
    assert client.batches.cancel(made[0]).status == "cancelled"
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(made[0])
    named = client.files.list(purpose="batch").data[-1].id
    assert client.files.delete(named).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(named)


def test_without_the_key_nothing_is_taken() -> None:
    with (
        loopback_endpoint("pixel-reader", api_key="right") as served,
        openai.OpenAI(base_url=served.base_url, api_key="wrong", max_retries=0) as client,
    ):
        with pytest.raises(openai.AuthenticationError):
            send(client, line("a"))
        with pytest.raises(openai.AuthenticationError):
            client.batches.retrieve("batch_1")
