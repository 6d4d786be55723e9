"""Vectors from a transformers encoder in a local folder, mean over tokens. Knows no store."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tools.arrays import Float32Array
from tools.errors import WeightsError

BATCH = 32
WEIGHTS = "model.safetensors"
_NEEDED = ("config.json", WEIGHTS)


class HuggingFaceEmbedding:
    """A sentence encoder whose sentence vector is the mean of its token vectors."""

    floor = 0.2
    share = 0.5

    def __init__(self, folder: Path) -> None:
        """Look at the folder; the model is loaded at the first text.

        Args:
            folder: as `save_pretrained` writes it: model.safetensors, config and tokenizer.

        Raises:
            WeightsError: where files are missing.
        """
        missing = [name for name in _NEEDED if not (folder / name).is_file()]
        if missing:
            raise WeightsError(f"{folder}: no embedding model there, {', '.join(missing)} missing")
        with (folder / WEIGHTS).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        self.name = f"huggingface/{digest[:16]}"
        self._folder = folder
        self._loaded: tuple[Any, Any] | None = None

    def embed(self, texts: Sequence[str]) -> Float32Array:
        """(N, D) of unit norm; D is the model's hidden size."""
        batches = [list(texts[i : i + BATCH]) for i in range(0, len(texts), BATCH)]
        rows = [self._batch(batch) for batch in batches]
        return np.concatenate(rows) if rows else np.zeros((0, 1), dtype=np.float32)

    def _batch(self, texts: list[str]) -> Float32Array:
        import torch
        from torch.nn import functional

        tokenizer, model = self._load()
        tokens = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            states = model(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1).to(states.dtype)
            means = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
            vectors = functional.normalize(means, dim=1)
        return np.asarray(vectors.float().cpu().numpy(), dtype=np.float32)

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            from transformers import AutoModel, AutoTokenizer

            try:
                tokenizer = AutoTokenizer.from_pretrained(self._folder, local_files_only=True)
                model = AutoModel.from_pretrained(
                    self._folder, local_files_only=True, use_safetensors=True
                )
            except (OSError, ValueError) as error:
                reason = " ".join(str(error).split())
                raise WeightsError(f"{self._folder}: cannot be loaded: {reason}") from error
            self._loaded = (tokenizer, model.eval())
        return self._loaded
