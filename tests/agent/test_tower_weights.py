"""Towers of the table of checkpoints: pulled whole, and looked through by their names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.checkpoints import CHECKPOINTS, tower_source
from agent.cli import run
from agent.settings import load_settings
from tools.experts.backbones.siglip_tower import FINAL

NAME = "llava-onevision-7b"
SIZES = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_attention_heads": 2,
    "patch_size": 8,
    "image_size": 28,
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The released files of a LLaVA-OneVision, with a tiny random tower of all its layers."""
    import torch
    from safetensors.torch import save_file
    from transformers import SiglipVisionConfig, SiglipVisionModel

    folder = tmp_path_factory.mktemp("llava")
    sizes: dict[str, Any] = {**SIZES, "hidden_act": "gelu_pytorch_tanh", "layer_norm_eps": 1e-6}
    torch.manual_seed(0)
    model = SiglipVisionModel(SiglipVisionConfig(**sizes, num_hidden_layers=FINAL))
    state = {f"model.vision_tower.{name}": value for name, value in model.state_dict().items()}
    names = list(state)
    for number, file in enumerate(one.name for one in CHECKPOINTS[NAME].files):
        if file.endswith(".safetensors"):
            save_file({name: state[name] for name in names[number % 4 :: 4]}, folder / file)
        else:
            (folder / file).write_text("{}", "utf-8")
    (folder / "config.json").write_text(json.dumps({"vision_config": sizes}), "utf-8")
    return folder


def test_a_tower_is_pulled_verified_and_named_by_the_setting(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "pull", NAME, "--from", str(source), "--home", "home"]) == 0
    assert run(["models", "verify", NAME, "--home", "home"]) == 0

    settings = load_settings(home=Path("home"), tower=NAME)
    place = Path("home/models") / NAME
    assert settings.tower_source == str(place)
    assert sorted(one.name for one in CHECKPOINTS[NAME].files) == sorted(
        path.name for path in place.iterdir() if path.name != "manifest.json"
    )
    capsys.readouterr()


def test_a_file_that_is_missing_is_named_and_nothing_is_kept(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = tmp_path / "part"
    part.mkdir()
    for path in source.iterdir():
        if path.name != "tokenizer.json":
            (part / path.name).symlink_to(path)

    assert run(["models", "pull", NAME, "--from", str(part), "--home", "home"]) == 1

    assert f"{NAME}: tokenizer.json must be in {part}, and is not" in capsys.readouterr().err
    assert not Path("home").exists()


def test_another_tower_under_a_known_name_is_refused(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = ["models", "pull", "llava-onevision-05b", "--from", str(source), "--home", "home"]

    assert run(one) == 1

    assert "model.safetensors must be in" in capsys.readouterr().err


@pytest.mark.parametrize("named", ["somewhere/tower", "google/siglip-so400m-patch14-384", "siglip"])
def test_other_names_are_folders_or_names_of_the_hub(named: str) -> None:
    assert tower_source(Path("models"), named) == named
