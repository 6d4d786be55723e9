from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.cli import run as run_command_line
from tools.experts.anomaly_ov.weights import load_expert


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Four pictures of two data sets."""
    lines = ["path,label,dataset"]
    for number in range(4):
        rng = np.random.default_rng(number)
        pixels = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
        lines.append(f"{number}.png,{('normal', 'anomalous')[number % 2]},{'ab'[number // 2]}")
    file = tmp_path / "manifest.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def train(manifest: Path, *arguments: str) -> int:
    out = str(manifest.parent / "out")
    small = ["--epochs", "1", "--embedding", "8", "--no-tiles", "--home", "home"]
    return run_command_line(["train", "expert", str(manifest), "--out", out, *small, *arguments])


def test_an_expert_is_trained_without_what_is_held_out(
    manifest: Path, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = Path("home") / "models" / "resnet18"
    shutil.copytree(shared_data / "weights" / "resnet18_to_layer3", weights)

    code = train(manifest, "--hold-out", "b", "--ablation", "look_back")

    assert code == 0
    assert "2 pictures trained on, 2 held out" in capsys.readouterr().out
    found = load_expert(manifest.parent / "out" / "expert.safetensors")
    assert found.expert.ablation == "look_back"
    assert (found.expert.hidden, found.expert.grid, found.tiles) == (256, (16, 16), False)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--hold-out", "z"], 1, "no data set z; there are a, b"),
        ([], 1, "resnet18 needs conv1.weight.npy"),
        (["--ablation", "eyes"], 2, "must be look_back, signs, q_former, got 'eyes'"),
        (["--tower", "/nowhere"], 1, "a tower must be a folder or a name on the hub"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    arguments: list[str],
    code: int,
    told: str,
    manifest: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert train(manifest, *arguments) == code

    err = capsys.readouterr().err
    assert told in err
    assert err.strip().count("\n") == 0
