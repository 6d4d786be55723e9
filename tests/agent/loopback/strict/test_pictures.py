from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from agent.loopback import Loopback

Post = Callable[..., httpx.Response]
Refused = Callable[[httpx.Response], tuple[int, str | None, str | None]]


def image(url: object) -> dict[str, Any]:
    part = {"type": "image_url", "image_url": {"url": url}}
    return {"role": "user", "content": [part]}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (None, "invalid_type"),
        ("AAAA", "invalid_value"),
        ("data:image/png,AAAA", "invalid_value"),
        ("data:text/plain;base64,AAAA", "invalid_value"),
        ("data:image/png;base64,", "invalid_value"),
        ("data:image/png;base64,not base64!", "invalid_value"),
        ("data:image/png;base64,AAA", "invalid_value"),
        ("data:image/png;base64,AAAA", "invalid_image_format"),
        ("data:image/tiff;base64,AAAA", "invalid_image_format"),
        ("https://example.org/a.png", "invalid_image_url"),
    ],
)
def test_urls_that_hold_no_picture(
    post: Post, endpoint: Loopback, url: Any, code: str, refused: Refused
) -> None:
    where = "messages[0].content[0].image_url.url"

    assert refused(post(endpoint, messages=[image(url)])) == (400, where, code)


def test_picture_files_that_cannot_be(
    post: Post, endpoint: Loopback, to_url: Callable[..., str], refused: Refused
) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)
    whole = base64.b64decode(to_url().partition(",")[2])
    cut = "data:image/png;base64," + base64.b64encode(whole[:60]).decode()
    bitmap = to_url((4, 4), format="BMP").replace("bmp", "png")

    codes = [
        refused(post(endpoint, messages=[image(url)]))[2] for url in (to_url(noise), cut, bitmap)
    ]

    assert codes == ["image_too_large", "image_parse_error", "invalid_image_format"]


def test_detail_is_one_of_three(
    post: Post, endpoint: Loopback, to_url: Callable[..., str], refused: Refused
) -> None:
    message = image(to_url())
    message["content"][0]["image_url"]["detail"] = "fine"

    where = "messages[0].content[0].image_url.detail"
    assert refused(post(endpoint, messages=[message])) == (400, where, "invalid_value")


def test_too_many_pictures(
    post: Post, endpoint: Loopback, to_url: Callable[..., str], refused: Refused
) -> None:
    message = image(to_url((8, 8)))
    message["content"] *= 4

    assert refused(post(endpoint, messages=[message])) == (400, "messages", "too_many_images")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_four_formats_are_taken(
    format: str, post: Post, endpoint: Loopback, to_url: Callable[..., str]
) -> None:
    answer = post(endpoint, messages=[image(to_url((30, 20), format=format))])

    assert answer.status_code == 200
