"""Sentence vectors of a tiny random BERT, pooled by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from evals.metrics.similarity import load_sentence_encoder, sentence_similarity
from tools.errors import WeightsError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "scratch", "dent", "on", "the", "lid"]


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-bert")
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
    )
    BertModel(config).eval().save_pretrained(folder)
    return folder


def with_modules(
    folder: Path, tmp_path: Path, pooling: str, *more: str, value: bool | str = True
) -> Path:
    """The same model as sentence-transformers saves it."""
    import shutil

    copy = tmp_path / "model"
    shutil.copytree(folder, copy)
    kinds = ["Transformer", "Pooling", *more]
    modules = [{"type": f"sentence_transformers.models.{kind}"} for kind in kinds]
    (copy / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (copy / "1_Pooling").mkdir()
    config = {"word_embedding_dimension": 16, pooling: value}
    (copy / "1_Pooling" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return copy


def test_equal_texts_are_alike_and_others_less(tiny_bert: Path) -> None:
    encoder = load_sentence_encoder(tiny_bert)
    same, other = sentence_similarity(
        ["a scratch on the lid", "a scratch on the lid"],
        ["a scratch on the lid", "dent"],
        encoder=encoder,
    )
    assert same == pytest.approx(1.0)
    assert other < 0.999


def test_words_are_averaged_and_padding_is_not(tiny_bert: Path) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(str(tiny_bert))("a dent", return_tensors="pt")
    with torch.inference_mode():
        states = AutoModel.from_pretrained(str(tiny_bert)).eval()(**tokens).last_hidden_state[0]
    by_hand = states.mean(0) / states.mean(0).norm()
    vectors = load_sentence_encoder(tiny_bert).encode(["a dent", "a scratch on the lid"])
    np.testing.assert_allclose(vectors[0], by_hand.numpy(), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


def test_the_folder_says_how_to_pool(tiny_bert: Path, tmp_path: Path) -> None:
    cls = with_modules(tiny_bert, tmp_path, "pooling_mode_cls_token", "Normalize")
    one, other = (load_sentence_encoder(folder).encode(["a dent"]) for folder in (cls, tiny_bert))
    assert not np.allclose(one, other)


@pytest.mark.parametrize("mode", ["cls", "mean"])
def test_the_sixth_version_names_its_pooling_in_one_word(
    tiny_bert: Path, tmp_path: Path, mode: str
) -> None:
    named = with_modules(tiny_bert, tmp_path, "pooling_mode", value=mode)
    one, other = (load_sentence_encoder(folder).encode(["a dent"]) for folder in (named, tiny_bert))
    assert np.allclose(one, other) == (mode == "mean")


def test_no_texts_have_no_similarity(tiny_bert: Path) -> None:
    encoder = load_sentence_encoder(tiny_bert)
    assert sentence_similarity([], [], encoder=encoder).shape == (0,)
    with pytest.raises(ValueError, match="got 1 references and 0 answers"):
        sentence_similarity(["a"], [], encoder=encoder)


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"looked for config.json or modules.json"):
        load_sentence_encoder(tmp_path)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(WeightsError, match="no model can be read"):
        load_sentence_encoder(tmp_path)


def test_modules_that_are_not_read_here_need_the_package(tiny_bert: Path, tmp_path: Path) -> None:
    dense = with_modules(tiny_bert, tmp_path, "pooling_mode_mean_tokens", "Dense")
    with pytest.raises(WeightsError, match="Dense are read by the package sentence-transformers"):
        load_sentence_encoder(dense)
