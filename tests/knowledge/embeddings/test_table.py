from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.embeddings.table import EMBEDDINGS, EmbeddingChoice, build_embedding
from tools.errors import SettingsError, WeightsError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "bent", "pin", "loose", "washer"]


@pytest.fixture
def encoder_folder(tmp_path: Path) -> Path:
    """A tiny encoder with random weights, as `save_pretrained` writes it."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    vocabulary = tmp_path / "words.txt"
    vocabulary.write_text("\n".join(WORDS))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    folder = tmp_path / "encoder"
    BertModel(config).save_pretrained(folder)
    BertTokenizer(str(vocabulary)).save_pretrained(folder)
    return folder


def test_the_table_has_the_three_ways() -> None:
    assert list(EMBEDDINGS) == ["hashing", "openai", "huggingface"]


def test_an_unknown_embedding_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="'bert'; there are hashing, openai, huggingface"):
        build_embedding(EmbeddingChoice(name="bert"))


def test_what_an_embedding_needs_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="needs the name of a model"):
        build_embedding(EmbeddingChoice(name="openai"))
    with pytest.raises(SettingsError, match="needs the folder of a model"):
        build_embedding(EmbeddingChoice(name="huggingface"))
    with pytest.raises(WeightsError, match="no embedding model there, config"):
        build_embedding(EmbeddingChoice(name="huggingface", folder=tmp_path))


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(EmbeddingChoice(name="openai", model="m", api_key="secret"))


def test_padding_does_not_change_a_local_models_vector(encoder_folder: Path) -> None:
    embedding = build_embedding(EmbeddingChoice(name="huggingface", folder=encoder_folder))
    together = embedding.embed(["bent pin", "loose washer bent pin loose washer"])
    assert together.shape == (2, 16)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(together[:1], embedding.embed(["bent pin"]), atol=1e-5)
