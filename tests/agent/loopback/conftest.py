"""Fixtures: a picture as a data URL, and a plain post that no client library touches."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from agent.loopback import Loopback

Post = Callable[..., httpx.Response]
ToUrl = Callable[..., str]


@pytest.fixture(scope="session")
def to_url() -> ToUrl:
    """Encodes an (H, W, 3) array, or a grey of one size, as a data URL."""

    def encode(image: Any = (64, 64), *, format: str = "PNG") -> str:
        array = np.full((*image, 3), 128, np.uint8) if isinstance(image, tuple) else image
        written = io.BytesIO()
        Image.fromarray(array).save(written, format)
        text = base64.b64encode(written.getvalue()).decode()
        return f"data:image/{format.lower()};base64,{text}"

    return encode


@pytest.fixture(scope="session")
def post() -> Post:
    """Posts a chat request of one user message; keyword arguments change its body."""

    def send(
        endpoint: Loopback, *, headers: Mapping[str, str] | None = None, **changes: Any
    ) -> httpx.Response:
        body = {
            "model": endpoint.model,
            "messages": [{"role": "user", "content": "hi"}],
            **changes,
        }
        body = {name: value for name, value in body.items() if value is not ...}
        url = f"{endpoint.base_url}/chat/completions"
        return httpx.post(url, json=body, headers=dict(headers or {}), timeout=60)

    return send
