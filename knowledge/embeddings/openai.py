"""Vectors from a server with OpenAI's /embeddings. Knows no store and reads no environment."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.arrays import Float32Array
from tools.errors import KnowledgeError

if TYPE_CHECKING:
    from httpx import Response

BATCH = 64
ATTEMPTS = 3
FIRST_PAUSE_S = 0.5
_TRANSIENT = {408, 409, 429, 500, 502, 503, 504}


class OpenAIEmbedding:
    """One model of one server."""

    floor = 0.2
    share = 0.5

    def __init__(
        self, model: str, base_url: str, *, api_key: str = "", timeout_s: float = 30.0
    ) -> None:
        """Take what a call needs; none is made yet.

        Args:
            model: as the server names it.
            base_url: up to and with `/v1`.
            api_key: sent as a bearer token; empty sends none.
            timeout_s: for each attempt.
        """
        self.name = f"openai/{model}"
        self._model = model
        self._url = f"{base_url.rstrip('/')}/embeddings"
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._timeout_s = timeout_s

    def embed(self, texts: Sequence[str]) -> Float32Array:
        """(N, D) of unit norm; D is the model's."""
        batches = [list(texts[i : i + BATCH]) for i in range(0, len(texts), BATCH)]
        rows = [self._batch(batch) for batch in batches]
        return np.concatenate(rows) if rows else np.zeros((0, 1), dtype=np.float32)

    def _batch(self, texts: list[str]) -> Float32Array:
        response = self._post({"model": self._model, "input": texts})
        if response.status_code != 200:
            detail = " ".join(response.text.split())[:200]
            raise KnowledgeError(f"{self._url}: answered {response.status_code}: {detail}")
        try:
            entries = sorted(response.json()["data"], key=lambda entry: int(entry["index"]))
            vectors = np.array([entry["embedding"] for entry in entries], dtype=np.float32)
        except (ValueError, KeyError, TypeError) as error:
            raise KnowledgeError(f"{self._url}: answered no embeddings ({error!r})") from error
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise KnowledgeError(
                f"{self._url}: {len(texts)} texts want as many vectors, got {vectors.shape}"
            )
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not norms.all():
            raise KnowledgeError(f"{self._url}: answered a vector of zeros")
        return np.asarray(vectors / norms, dtype=np.float32)

    def _post(self, body: dict[str, Any]) -> Response:
        import httpx

        pause_s = FIRST_PAUSE_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = httpx.post(
                    self._url, json=body, headers=self._headers, timeout=self._timeout_s
                )
            except httpx.HTTPError as error:
                if attempt == ATTEMPTS:
                    text = f"{self._url}: cannot be reached ({error or type(error).__name__})"
                    raise KnowledgeError(text) from error
            else:
                if response.status_code not in _TRANSIENT or attempt == ATTEMPTS:
                    return response
            time.sleep(pause_s)
            pause_s *= 2
        raise AssertionError("the last attempt returns or raises")
