from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from agent.loopback import Loopback, Scripted, loopback_endpoint

Post = Callable[..., httpx.Response]
Refused = Callable[[httpx.Response], tuple[int, str | None, str | None]]
USER = {"role": "user", "content": "hi"}


def test_a_request_above_the_limit_is_413(post: Post, endpoint: Loopback, refused: Refused) -> None:
    message = {"role": "user", "content": "a" * 60_000}

    assert refused(post(endpoint, messages=[message])) == (413, None, "request_too_large")


@pytest.mark.parametrize(
    "content",
    [b"{", b"", b"\xff\xfe", b"[]", b'{"a": NaN}', b'{"a": "\\ud800"}', b"[" * 50_000],
    ids=["open", "empty", "no text", "array", "no number", "half a character", "deep"],
)
def test_a_body_that_is_no_object(endpoint: Loopback, content: bytes, refused: Refused) -> None:
    answer = httpx.post(f"{endpoint.base_url}/chat/completions", content=content, timeout=60)

    assert refused(answer)[0] == 400


def test_other_paths_and_methods_answer_in_the_same_shape(
    endpoint: Loopback, refused: Refused
) -> None:
    absent = httpx.post(f"{endpoint.base_url}/completions", timeout=60)
    wrong = httpx.get(f"{endpoint.base_url}/chat/completions", timeout=60)

    assert refused(absent) == (404, None, None)
    assert refused(wrong) == (405, None, None)


def test_a_key_is_asked_for_and_never_repeated(post: Post, refused: Refused) -> None:
    with loopback_endpoint(Scripted(["fine"]), api_key="right") as guarded:
        answers = [
            post(guarded, headers=headers)
            for headers in (
                {},
                {"Authorization": "Bearer wrong"},
                {"Authorization": "Bearer right"},
            )
        ]
        models = httpx.get(f"{guarded.base_url}/models", timeout=60)

    assert refused(answers[0]) == (401, None, None)
    assert refused(answers[1]) == (401, None, "invalid_api_key")
    assert "wrong" not in answers[1].text
    assert answers[2].status_code == 200
    assert models.status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"messages": []}, openai.BadRequestError),
        ({"model": "gpt-9"}, openai.NotFoundError),
        ({"temperature": 3}, openai.BadRequestError),
    ],
)
def test_the_official_client_raises_its_own_errors(
    endpoint: Loopback, changes: dict[str, Any], error: type[Exception]
) -> None:
    client = OpenAI(base_url=endpoint.base_url, api_key="any", max_retries=0)
    arguments: dict[str, Any] = {"model": endpoint.model, "messages": [USER], **changes}

    with pytest.raises(error):
        client.chat.completions.create(**arguments)


def test_a_missing_key_is_an_authentication_error() -> None:
    with loopback_endpoint(Scripted(["fine"]), api_key="right") as guarded:
        client = OpenAI(base_url=guarded.base_url, api_key="wrong", max_retries=0)
        with pytest.raises(openai.AuthenticationError):
            client.models.list()
