"""A tiny SigLIP with random weights, kept as each kind of checkpoint keeps its tower."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TINY = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_attention_heads": 2,
    "patch_size": 8,
    "image_size": 28,
    "hidden_act": "gelu_pytorch_tanh",
    "layer_norm_eps": 1e-6,
}
N_LAYERS = 6
PREFIXES = {
    "siglip": "vision_model.",
    "transformers": "",
    "llava-hf": "vision_tower.vision_model.",
    "llava-hf-5": "model.vision_tower.",
    "lmms-lab": "model.vision_tower.vision_tower.vision_model.",
}


@pytest.fixture(scope="session")
def tiny_siglip() -> Any:
    """transformers' own model with 6 layers and weights that are not small."""
    import torch
    from transformers import SiglipVisionConfig, SiglipVisionModel

    torch.manual_seed(3)
    model = SiglipVisionModel(SiglipVisionConfig(**TINY, num_hidden_layers=N_LAYERS)).eval()
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
        state = {PREFIXES[layout] + k: v.clone() for k, v in tiny_siglip.state_dict().items()}
        halves = list(state)[: len(state) // 2], list(state)[len(state) // 2 :]
        extra = {"language_model.norm.weight": torch.ones(3)}
        save_file(
            {k: state[k] for k in halves[0]} | extra, folder / "model-00001-of-00002.safetensors"
        )
        save_file({k: state[k] for k in halves[1]}, folder / "model-00002-of-00002.safetensors")
        config = {"model_type": "any", "vision_config": TINY}
        (folder / "config.json").write_text(json.dumps(config), "utf-8")
        return folder

    return write
