"""Fixtures: an endpoint with low limits, and what a refusal says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from agent.loopback import Limits, Loopback, Scripted, loopback_endpoint

Refusal = tuple[int, str | None, str | None]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Loopback]:
    """Answers `fine` to whatever it takes."""
    limits = Limits(
        max_body_bytes=60_000, max_picture_bytes=3_000, max_pictures=3, max_context_tokens=4_000
    )
    with loopback_endpoint(Scripted(["fine"], at_end="repeat"), limits=limits) as running:
        yield running


@pytest.fixture(scope="session")
def refused() -> Callable[[httpx.Response], Refusal]:
    """Status, param and code; the body has OpenAI's four fields and no other."""

    def read(answer: httpx.Response) -> Refusal:
        error = answer.json()["error"]
        assert list(error) == ["message", "type", "param", "code"]
        assert error["type"] == "invalid_request_error"
        return answer.status_code, error["param"], error["code"]

    return read
