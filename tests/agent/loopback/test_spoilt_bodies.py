"""Answers whose body is spoilt, and those that come slowly."""

from __future__ import annotations

import time

import httpx
import pytest

from agent.loopback import Loopback, loopback_endpoint


def posted(endpoint: Loopback, *, timeout: float = 60.0) -> httpx.Response:
    body = {"model": endpoint.model, "messages": [{"role": "user", "content": "hi"}]}
    return httpx.post(f"{endpoint.base_url}/chat/completions", json=body, timeout=timeout)


@pytest.mark.parametrize(
    ("fault", "content_type", "is_whole"),
    [("half_answer", "application/json", False), ("wrong_content_type", "text/plain", True)],
)
def test_a_spoilt_body_comes_with_status_200(fault: str, content_type: str, is_whole: bool) -> None:
    with loopback_endpoint(f"fault-{fault}") as endpoint:
        answer = posted(endpoint)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.text.startswith('{"id": "chatcmpl-')
    assert answer.text.endswith("}") == is_whole


def test_a_slow_answer_is_whole_and_a_dripping_one_never_ends() -> None:
    with loopback_endpoint("fault-slow") as endpoint:
        started = time.monotonic()
        answer = posted(endpoint)
        assert time.monotonic() - started >= 0.3
        assert answer.json()["choices"][0]["finish_reason"] == "stop"
    with loopback_endpoint("fault-slow_loris") as endpoint:
        url = f"{endpoint.base_url}/chat/completions"
        body = {"model": endpoint.model, "messages": [{"role": "user", "content": "hi"}]}
        with httpx.stream("POST", url, json=body, timeout=60) as dripping:
            drops = dripping.iter_raw()
            assert b"".join(next(drops) for _ in range(3)) == b'{"i'
