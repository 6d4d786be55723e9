"""Likeness of meaning: cosine of Sentence-BERT vectors (Reimers and Gurevych, 2019), offline.

Knows nothing of what the texts are about; loads torch only when a model is loaded.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tools.arrays import Float32Array
from tools.errors import WeightsError

BATCH = 64
DEFAULT_MAX_TOKENS = 512
POOLINGS: dict[str, str] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
}
"""Poolings that are read here; others, and dense layers, need the package."""
READ_HERE = ("Transformer", "Pooling", "Normalize")


class SentenceEncoder(Protocol):
    """Texts to vectors of unit length."""

    def encode(self, texts: Sequence[str]) -> Float32Array:
        """(N, D), each row of length 1."""
        ...


def sentence_similarity(
    references: Sequence[str], answers: Sequence[str], *, encoder: SentenceEncoder
) -> Float32Array:
    """Cosine of each answer with its reference, (N,), in [-1, 1].

    Args:
        references: N reference texts.
        answers: N answers.
        encoder: the model's name belongs beside every figure: models differ much.

    Raises:
        ValueError: lengths differ.
    """
    if len(references) != len(answers):
        raise ValueError(f"got {len(references)} references and {len(answers)} answers")
    if not references:
        return np.zeros(0, dtype=np.float32)
    vectors = encoder.encode([*references, *answers])
    cosines = np.sum(vectors[: len(references)] * vectors[len(references) :], axis=1)
    return np.asarray(np.clip(cosines, -1, 1), dtype=np.float32)


def load_sentence_encoder(folder: Path) -> SentenceEncoder:
    """Load a Sentence-BERT model from its folder; nothing is downloaded.

    Models of a transformer with mean or CLS pooling (all-MiniLM-L6-v2, all-mpnet-base-v2 and most
    others) are read with transformers. Others need the package sentence-transformers.

    Args:
        folder: as ``sentence-transformers`` saves it, or a plain transformers model, which is
            then pooled by the mean.

    Raises:
        WeightsError: the folder is no model, or needs the package and it is absent.
    """
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise WeightsError(
            f"{folder}: looked for config.json or modules.json of a Sentence-BERT model; save one "
            "there, for instance all-MiniLM-L6-v2"
        )
    kinds = [entry["type"].rsplit(".", 1)[-1] for entry in _json(folder / "modules.json", [])]
    pooling = _pooling(folder)
    if set(kinds) <= set(READ_HERE) and pooling is not None:
        return _TransformersEncoder(folder, pooling=pooling)
    return _package_encoder(folder, kinds)


class _TransformersEncoder:
    def __init__(self, folder: Path, *, pooling: str) -> None:
        from transformers import AutoModel, AutoTokenizer

        inner = folder if (folder / "config.json").is_file() else folder / "0_Transformer"
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(str(inner), local_files_only=True)
            self._model: Any = AutoModel.from_pretrained(str(inner), local_files_only=True).eval()
        except (OSError, ValueError) as error:
            raise WeightsError(f"{folder}: no model can be read ({error})") from error
        limits = _json(folder / "sentence_bert_config.json", {})
        self._max_tokens = int(limits.get("max_seq_length") or DEFAULT_MAX_TOKENS)
        self._pooling = pooling

    def encode(self, texts: Sequence[str]) -> Float32Array:
        """In batches, without gradients."""
        batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        return np.concatenate([self._encode(batch) for batch in batches])

    def _encode(self, texts: Sequence[str]) -> Float32Array:
        import torch

        tokens = self._tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self._max_tokens,
            return_tensors="pt",
        )
        with torch.inference_mode():
            states = self._model(**tokens).last_hidden_state  # (N, T, D)
        if self._pooling == "cls":
            pooled = states[:, 0]
        else:
            weights = tokens["attention_mask"].unsqueeze(-1).to(states.dtype)
            pooled = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        return np.asarray(torch.nn.functional.normalize(pooled, dim=1).numpy(), dtype=np.float32)


def _pooling(folder: Path) -> str | None:
    """Mean where the folder says nothing; None where it says what is not read here."""
    told = _json(folder / "1_Pooling" / "config.json", None)
    if told is None:
        return "mean"
    if "pooling_mode" in told:  # as sentence-transformers 6 writes it
        mode = str(told["pooling_mode"])
        return mode if mode in POOLINGS.values() else None
    chosen = [name for name, value in told.items() if name.startswith("pooling_mode_") and value]
    return POOLINGS.get(chosen[0]) if len(chosen) == 1 else None


def _package_encoder(folder: Path, kinds: Sequence[str]) -> SentenceEncoder:
    try:
        package: Any = importlib.import_module("sentence_transformers")
    except ImportError as error:
        raise WeightsError(
            f"{folder}: modules {', '.join(kinds) or 'unknown'} are read by the package "
            "sentence-transformers, which is not installed; install it or take another model"
        ) from error
    model = package.SentenceTransformer(str(folder), local_files_only=True)

    class _Package:
        def encode(self, texts: Sequence[str]) -> Float32Array:
            """As the package does it."""
            vectors = model.encode(list(texts), normalize_embeddings=True)
            return np.asarray(vectors, dtype=np.float32)

    return _Package()


def _json(path: Path, default: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else default
