"""The table of backbones, and transformers' towers with tiny random weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from tools.errors import SettingsError, WeightsError
from tools.experts.backbones.table import BACKBONES, load_backbone


def save_tiny_dinov2(folder: Path) -> None:
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(0)
    config = Dinov2Config(
        hidden_size=24, num_hidden_layers=2, num_attention_heads=2, image_size=56, patch_size=14
    )
    Dinov2Model(config).save_pretrained(folder)


def save_tiny_siglip(folder: Path) -> None:
    from transformers import SiglipVisionConfig, SiglipVisionModel

    torch.manual_seed(0)
    config = SiglipVisionConfig(
        hidden_size=24,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=64,
        patch_size=16,
    )
    SiglipVisionModel(config).save_pretrained(folder)


def test_the_table_names_four_backbones() -> None:
    assert list(BACKBONES) == ["embedded", "resnet18", "dinov2-small", "siglip"]


@pytest.mark.parametrize(("name", "grid"), [("dinov2-small", (23, 45)), ("siglip", (17, 34))])
def test_a_tower_gives_one_unit_vector_per_patch(
    name: str, grid: tuple[int, int], tmp_path: Path
) -> None:
    save = save_tiny_dinov2 if name == "dinov2-small" else save_tiny_siglip
    save(tmp_path)
    backbone = load_backbone(name, weights=tmp_path)
    image = np.random.default_rng(0).integers(0, 256, (100, 200, 3), dtype=np.uint8)
    features = backbone.features([image], device="cpu")
    assert features.shape == (1, *grid, 24)
    assert torch.allclose(features.norm(dim=-1), torch.ones(1, *grid), atol=1e-5)


@pytest.mark.parametrize("name", ["resnet18", "dinov2-small", "siglip"])
def test_missing_weights_are_one_line_that_says_how_to_get_them(name: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        load_backbone(name, weights=tmp_path / "absent")
    assert f"loupe models pull {name}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_folder_is_missing_weights_too(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="loupe models pull siglip"):
        load_backbone("siglip", weights=tmp_path)


def test_a_broken_checkpoint_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(WeightsError, match="cannot be read") as caught:
        load_backbone("dinov2-small", weights=tmp_path)
    assert "\n" not in str(caught.value)


def test_an_unknown_backbone_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="no backbone 'vgg'; there are embedded, resnet18"):
        load_backbone("vgg")


def test_importing_the_table_loads_no_torch() -> None:
    code = (
        "import sys, tools.experts.backbones.table, tools.experts.patch_memory;"
        "sys.exit(any(m in sys.modules for m in ('torch', 'transformers', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
