"""Towers of the table of checkpoints: pulled whole, and looked through by their names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.checkpoints import CHECKPOINTS, INDEX, tower_source
from agent.cli import run
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
    where = {name: f"model-{number % 3}.safetensors" for number, name in enumerate(names)}
    for file in set(where.values()):
        save_file({name: state[name] for name in names if where[name] == file}, folder / file)
    for one in CHECKPOINTS[NAME].files:
        (folder / one.name).write_text("{}", "utf-8")
    (folder / INDEX).write_text(json.dumps({"weight_map": where}), "utf-8")
    (folder / "config.json").write_text(json.dumps({"vision_config": sizes}), "utf-8")
    return folder


def test_a_tower_is_pulled_verified_and_named_by_the_setting(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "pull", NAME, "--from", str(source), "--home", "home"]) == 0
    assert run(["models", "verify", NAME, "--home", "home"]) == 0

    place = Path("home/models") / NAME
    assert tower_source(Path("home/models"), NAME) == str(place)
    kept = {path.name for path in place.iterdir()} - {"manifest.json"}
    assert kept == {path.name for path in source.iterdir()}
    assert run(["models", "convert", NAME, "--home", "home"]) == 1
    assert "are safetensors already" in capsys.readouterr().err


@pytest.mark.parametrize("gone", ["tokenizer.json", "model-3.safetensors"])
def test_a_file_that_is_missing_is_named_and_nothing_is_kept(
    gone: str, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = tmp_path / "part"
    part.mkdir()
    for path in source.iterdir():
        if path.name not in (gone, INDEX):
            (part / path.name).symlink_to(path)
    # The language model's part holds nothing that a tower needs.
    index = json.loads((source / INDEX).read_text("utf-8"))
    index["weight_map"]["language_model.norm.weight"] = "model-3.safetensors"
    (part / INDEX).write_text(json.dumps(index), "utf-8")

    assert run(["models", "pull", NAME, "--from", str(part), "--home", "home"]) == 1

    told = capsys.readouterr().err
    assert f"{gone}" in told
    assert f"must be in {part}, and is not" in told
    assert not Path("home").exists()


def test_an_index_that_names_no_files_is_told(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = tmp_path / "part"
    part.mkdir()
    for path in source.iterdir():
        (part / path.name).write_bytes(b"{}" if path.name == INDEX else path.read_bytes())

    assert run(["models", "pull", NAME, "--from", str(part), "--home", "home"]) == 1
    assert "names no files of weights; fetch it again" in capsys.readouterr().err


def test_another_tower_under_a_known_name_is_refused(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = ["models", "pull", "llava-onevision-05b", "--from", str(source), "--home", "home"]

    assert run(one) == 1

    assert "model.safetensors must be in" in capsys.readouterr().err


@pytest.mark.parametrize("named", ["somewhere/tower", "google/siglip-so400m-patch14-384", "siglip"])
def test_other_names_are_folders_or_names_of_the_hub(named: str) -> None:
    assert tower_source(Path("models"), named) == named
