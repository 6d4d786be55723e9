"""Fixtures of models that are tiny and random, in the layouts of the real ones' folders."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TINY_SIGLIP = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_attention_heads": 2,
    "patch_size": 8,
    "image_size": 28,
    "hidden_act": "gelu_pytorch_tanh",
    "layer_norm_eps": 1e-6,
}
TINY_LAYERS = 6
TOWER_PREFIXES = {
    "siglip": "vision_model.",
    "transformers": "",
    "llava-hf": "vision_tower.vision_model.",
    "llava-hf-5": "model.vision_tower.",
    "lmms-lab": "model.vision_tower.vision_tower.vision_model.",
}
"""How each kind of checkpoint begins the names of its tower's tensors."""


@pytest.fixture(scope="session")
def tiny_siglip() -> Any:
    """transformers' own model with 6 layers and weights that are not small."""
    import torch
    from transformers import SiglipVisionConfig, SiglipVisionModel

    torch.manual_seed(3)
    model = SiglipVisionModel(
        SiglipVisionConfig(**TINY_SIGLIP, num_hidden_layers=TINY_LAYERS)
    ).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model


@pytest.fixture
def tower_folder(tmp_path: Path, tiny_siglip: Any) -> Callable[[str], Path]:
    """Writes the checkpoint of a layout; returns its folder."""

    def write(layout: str = "siglip") -> Path:
        import torch
        from safetensors.torch import save_file

        folder = tmp_path / f"tower-{layout}"
        folder.mkdir()
        state = {TOWER_PREFIXES[layout] + k: v.clone() for k, v in tiny_siglip.state_dict().items()}
        halves = list(state)[: len(state) // 2], list(state)[len(state) // 2 :]
        extra = {"language_model.norm.weight": torch.ones(3)}
        save_file(
            {k: state[k] for k in halves[0]} | extra, folder / "model-00001-of-00002.safetensors"
        )
        save_file({k: state[k] for k in halves[1]}, folder / "model-00002-of-00002.safetensors")
        config = {"model_type": "any", "vision_config": TINY_SIGLIP}
        (folder / "config.json").write_text(json.dumps(config), "utf-8")
        return folder

    return write


@pytest.fixture
def tiny_anomaly_ov(tmp_path: Path, tower_folder: Callable[[str], Path]) -> Path:
    """A folder as `anomaly_ov` reads it: an expert's file and its tower, both tiny and random."""
    import torch

    from tools.experts.anomaly_ov import AnomalyExpert
    from tools.experts.anomaly_ov.weights import save_expert

    torch.manual_seed(5)
    folder = tmp_path / "models" / "anomaly_ov"
    folder.mkdir(parents=True)
    tower_folder("llava-hf").rename(folder / "tower")
    expert = AnomalyExpert(16, 9, 8)
    save_expert(expert, folder / "expert.safetensors", taps=(1, 2, 3, 4), final=5, tower="")
    return folder


@pytest.fixture(scope="session")
def tiny_llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a random LLaVA-OneVision in llava-hf's layout, with an expert's file in it.

    Crops are of 28 px and 3 x 3 patches, the tower has 6 layers, of which 5 are kept.
    """
    import torch
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        Qwen2Config,
        SiglipVisionConfig,
    )

    from tools.experts.anomaly_ov import AnomalyExpert
    from tools.experts.anomaly_ov.weights import save_expert

    folder = tmp_path_factory.mktemp("tiny-llava")
    tokenizer = _qwen_like_tokenizer()
    # A plain dict of settings, in which mypy sees objects.
    sides = [TINY_SIGLIP["image_size"] * n for n in range(1, 7)]  # type: ignore[operator]
    torch.manual_seed(7)
    config = LlavaOnevisionConfig(
        vision_config=SiglipVisionConfig(
            **TINY_SIGLIP, num_hidden_layers=TINY_LAYERS, vision_use_head=False
        ),
        text_config=Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=24,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=16_384,
        ),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        vision_feature_layer=-2,
        image_grid_pinpoints=[[height, width] for height in sides for width in sides],
    )
    model = LlavaOnevisionForConditionalGeneration(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    # A folder's own safetensors are the model's, so that an expert's file stands below.
    (folder / "expert").mkdir()
    save_expert(
        AnomalyExpert(16, 9, 8),
        folder / "expert" / "tiny.safetensors",
        taps=(1, 2, 3, 4),
        final=TINY_LAYERS - 1,
        tower="",
    )
    return folder


def _qwen_like_tokenizer() -> Any:
    """Bytes, ChatML, and the words that Anomaly-OV puts between picture and expert."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<video>"]
    words = ["with", "\u0120slightly", "\u0120moderately", "\u0120highly", "\u0120suspicious"]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    entries = [*marks, *letters, *words, "\u0120features"]
    vocabulary = {token: number for number, token in enumerate(entries)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=marks[2],
        pad_token=marks[0],
        additional_special_tokens=[marks[1], *marks[3:]],
    )
