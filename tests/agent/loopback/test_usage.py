from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from agent.loopback import Limits, Loopback, Scripted, loopback_endpoint
from agent.loopback.strict.pictures import Size
from agent.loopback.usage import picture_tokens, text_tokens

Post = Callable[..., httpx.Response]


def fine(**settings: Any) -> Any:
    return loopback_endpoint(Scripted(["fine"], at_end="repeat"), **settings)


def usage(answer: httpx.Response) -> dict[str, Any]:
    counted: dict[str, Any] = answer.json()["usage"]
    return counted


def test_four_characters_are_a_token() -> None:
    assert [text_tokens(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    ("size", "detail", "tokens"),
    [
        # OpenAI's own examples: 1024 x 1024 becomes 768 x 768, four tiles; 2048 x 4096 becomes
        # 768 x 1536, six tiles; low detail is always the same.
        ((1024, 1024), "high", 85 + 170 * 4),
        ((2048, 4096), "high", 85 + 170 * 6),
        ((4096, 8192), "low", 85),
        ((512, 512), "auto", 85 + 170),
        ((513, 512), "high", 85 + 170 * 2),
        ((100, 40), "high", 85 + 170),
    ],
)
def test_pictures_count_by_the_tile_rule(size: tuple[int, int], detail: str, tokens: int) -> None:
    assert picture_tokens(Size(*size), detail=detail) == tokens


def test_the_parts_of_a_request_add_up(post: Post, to_url: Callable[..., str]) -> None:
    low = {"type": "image_url", "image_url": {"url": to_url((64, 64)), "detail": "low"}}
    messages = [
        {"role": "system", "content": "12345678"},
        {"role": "user", "content": [{"type": "text", "text": "1234"}, low]},
    ]
    with fine() as endpoint:
        counted = usage(post(endpoint, messages=messages))

    # 2 + 3 for the first message, 1 + 85 + 3 for the second, 3 for the answer; "fine" is one.
    assert counted["prompt_tokens"] == 97
    assert counted["completion_tokens"] == 1
    assert counted["total_tokens"] == 98
    assert endpoint.record.requests[0].picture_tokens == 85


def test_what_an_earlier_request_began_with_is_cached(post: Post) -> None:
    system = {"role": "system", "content": "a" * 40}  # 10 + 3
    first = {"role": "user", "content": "b" * 20}  # 5 + 3
    other = {"role": "user", "content": "c" * 20}

    def cached(endpoint: Loopback, *messages: dict[str, str], **changes: Any) -> int:
        counted = usage(post(endpoint, messages=list(messages), **changes))
        return int(counted["prompt_tokens_details"]["cached_tokens"])

    with fine() as endpoint:
        found = [
            cached(endpoint, system, first),
            cached(endpoint, system, other),
            cached(endpoint, system, first, other),
            cached(endpoint, first, system),
            cached(endpoint, system, first, response_format={"type": "text"}),
        ]

    assert found == [0, 13, 21, 0, 0]


def test_tools_stand_before_the_messages(post: Post) -> None:
    tools = [{"type": "function", "function": {"name": "zoom"}}]
    with fine() as endpoint:
        first = usage(post(endpoint, tools=tools))
        second = usage(post(endpoint, tools=tools))

    written = text_tokens(json.dumps({"tools": tools}))
    assert first["prompt_tokens"] == written + 4 + 3
    assert second["prompt_tokens_details"]["cached_tokens"] == written + 4


def test_the_last_chunk_of_a_stream_has_the_usage_only_where_it_is_asked_for(post: Post) -> None:
    with fine() as endpoint:
        plain = post(endpoint, stream=True).text
        asked = post(endpoint, stream=True, stream_options={"include_usage": True}).text

    assert plain.endswith("data: [DONE]\n\n")
    assert "usage" not in plain
    *chunks, last = [json.loads(line[6:]) for line in asked.split("\n\n")[:-2]]
    assert {chunk["usage"] for chunk in chunks} == {None}
    assert (last["choices"], last["usage"]["completion_tokens"]) == ([], 1)


def test_the_record_keeps_bodies_within_its_bound(post: Post) -> None:
    with fine(limits=Limits(max_kept_bytes=250)) as endpoint:
        for _ in range(4):
            post(endpoint, messages=[{"role": "user", "content": "a" * 40}])
        kept = [one.body is not None for one in endpoint.record.requests]
        n_bytes = endpoint.record.requests[0].n_bytes

    assert 100 < n_bytes < 125
    assert kept == [False, False, True, True]
    assert (endpoint.record.n_requests, endpoint.record.n_bytes) == (4, 4 * n_bytes)


def test_the_record_is_cleared_for_the_next_measurement(post: Post) -> None:
    with fine() as endpoint:
        post(endpoint)
        endpoint.record.clear()
        post(endpoint)

    assert [one.number for one in endpoint.record.requests] == [1]


def test_requests_at_once_wait_at_once(post: Post) -> None:
    with fine(latency_s=3600.0) as endpoint, ThreadPoolExecutor(16) as pool:
        coming = [pool.submit(post, endpoint) for _ in range(16)]
        until_s = time.monotonic() + 60
        while endpoint.record.in_flight < 16 and time.monotonic() < until_s:
            time.sleep(0.01)
        assert not any(one.done() for one in coming)
        # All of them wait; a server that is about to stop lets them go.
        endpoint.endpoint.closing = True
        answers = [one.result() for one in coming]

    assert {answer.status_code for answer in answers} == {200}
    assert endpoint.record.max_in_flight == 16
    assert endpoint.record.in_flight == 0


def test_an_answer_takes_at_least_its_latency(post: Post) -> None:
    with fine(latency_s=0.2) as endpoint:
        began_s = time.monotonic()
        assert post(endpoint).is_success

        assert time.monotonic() - began_s >= 0.2
