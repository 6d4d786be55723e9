"""The embeddings that a store can be built with. Knows which exist; builds the one asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.embeddings.contract import Embedding
from knowledge.embeddings.hashing import HashingEmbedding
from knowledge.embeddings.huggingface import HuggingFaceEmbedding
from knowledge.embeddings.openai import OpenAIEmbedding
from tools.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class EmbeddingChoice:
    """Which embedding, and what it needs."""

    name: str = "hashing"
    """A key of `EMBEDDINGS`."""
    model: str = ""
    """`openai`: the model as the server names it."""
    base_url: str = "https://api.openai.com/v1"
    """`openai`: the server."""
    api_key: str = field(default="", repr=False)
    """`openai`: bearer token; empty sends none."""
    folder: Path | None = None
    """`huggingface`: where the model lies."""
    timeout_s: float = 30.0
    """`openai`: for each attempt."""


def _openai(choice: EmbeddingChoice) -> Embedding:
    if not choice.model:
        raise SettingsError("embedding 'openai' needs the name of a model; set embedding_model")
    return OpenAIEmbedding(
        choice.model, choice.base_url, api_key=choice.api_key, timeout_s=choice.timeout_s
    )


def _huggingface(choice: EmbeddingChoice) -> Embedding:
    if choice.folder is None:
        raise SettingsError(
            "embedding 'huggingface' needs the folder of a model; set embedding_folder"
        )
    return HuggingFaceEmbedding(choice.folder)


EMBEDDINGS: dict[str, Callable[[EmbeddingChoice], Embedding]] = {
    "hashing": lambda _: HashingEmbedding(),
    "openai": _openai,
    "huggingface": _huggingface,
}


def build_embedding(choice: EmbeddingChoice) -> Embedding:
    """Build the chosen embedding; calls nothing over a network.

    Raises:
        SettingsError: where there is no such embedding, or what it needs was not given.
        WeightsError: where a model's files are missing.
    """
    if choice.name not in EMBEDDINGS:
        raise SettingsError(f"no embedding {choice.name!r}; there are {', '.join(EMBEDDINGS)}")
    return EMBEDDINGS[choice.name](choice)
