from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.cli import run as run_command_line

Inspect = Callable[..., int]


def plate(path: Path, *, seed: int) -> Path:
    """A plate with two holes and camera noise."""
    rng = np.random.default_rng(seed)
    image_hwc = 150 + rng.normal(0, 2, (48, 64, 3))
    image_hwc[10:20, 10:20] = 20
    image_hwc[30:36, 45:55] = 30
    Image.fromarray(image_hwc.clip(0, 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def inspect(tmp_path: Path) -> Inspect:
    """`loupe inspect` of a plate in a home that knows plates; gives the exit code."""
    folder, home = tmp_path / "plate", tmp_path / "home"
    (folder / "references").mkdir(parents=True)
    (folder / "product.yaml").write_text("name: plate\ndescriptor: A plate with two holes.\n")
    for seed in (1, 2):
        plate(folder / "references" / f"{seed}.png", seed=seed)
    assert run_command_line(["knowledge", "add", str(folder), "--home", str(home)]) == 0

    def call(*arguments: str, weights: Path) -> int:
        (home / "loupe.toml").write_text(f'weights = "{weights}"\n', "utf-8")
        part = str(plate(tmp_path / "part.png", seed=3))
        return run_command_line(["inspect", part, "--home", str(home), "--json", *arguments])

    return call


def test_both_experts_judge_a_part_and_the_word_is_told(
    inspect: Inspect, tiny_anomaly_ov: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    both = ["--expert", "anomaly_ov", "--expert", "patch_memory"]
    code = inspect(*both, weights=tiny_anomaly_ov.parent)

    assert code == 0
    evidence = json.loads(capsys.readouterr().out)["evidence"]
    scored = {
        e["values"].get("expert"): e["values"] for e in evidence if "raw_score" in e["values"]
    }
    assert scored.keys() == {"anomaly_ov", "patch_memory"}
    assert scored["anomaly_ov"]["suspicion"] in {"slightly", "moderately", "highly"}
    assert "suspicion" not in scored["patch_memory"]


def test_the_patch_memory_sees_through_the_same_tower(
    inspect: Inspect, tiny_anomaly_ov: Path
) -> None:
    arguments = ["--expert", "patch_memory", "--backbone", "anomaly_ov"]

    assert inspect(*arguments, weights=tiny_anomaly_ov.parent) == 0


def test_missing_weights_are_one_clear_line(
    inspect: Inspect, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    code = inspect("--expert", "anomaly_ov", weights=tmp_path / "none")

    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert err.strip().count("\n") == 0
    assert "anomaly_ov needs its expert's weights" in err
    assert "pretrained_expert_7b.pth" in err
