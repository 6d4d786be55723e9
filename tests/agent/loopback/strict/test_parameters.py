from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from agent.loopback import Loopback

Post = Callable[..., httpx.Response]
Refused = Callable[[httpx.Response], tuple[int, str | None, str | None]]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"model": ...}, (400, None, None)),
        ({"model": "gpt-9"}, (404, None, "model_not_found")),
        ({"messages": ...}, (400, "messages", "missing_required_parameter")),
        ({"messages": []}, (400, "messages", "empty_array")),
        ({"messages": "hi"}, (400, "messages", "invalid_type")),
        ({"colour": 1}, (400, "colour", "unknown_parameter")),
        ({"temperature": "warm"}, (400, "temperature", "invalid_type")),
        ({"temperature": True}, (400, "temperature", "invalid_type")),
        ({"temperature": 3}, (400, "temperature", "decimal_above_max_value")),
        ({"max_tokens": 0}, (400, "max_tokens", "integer_below_min_value")),
        (
            {"max_tokens": 1, "max_completion_tokens": 1},
            (400, "max_tokens", "invalid_parameter_combination"),
        ),
        ({"max_tokens": 5000}, (400, "messages", "context_length_exceeded")),
        ({"n": 2}, (400, "n", "unsupported_value")),
        ({"stop": ["a"] * 5}, (400, "stop", "array_above_max_length")),
        ({"stream_options": {"include_usage": True}}, (400, "stream_options", None)),
        (
            {"stream": True, "stream_options": {"usage": True}},
            (400, "stream_options.usage", "unknown_parameter"),
        ),
    ],
)
def test_parameters_that_cannot_be(
    post: Post,
    endpoint: Loopback,
    changes: dict[str, Any],
    expected: tuple[Any, ...],
    refused: Refused,
) -> None:
    assert refused(post(endpoint, **changes)) == expected
