from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.cli import run as run_command_line
from tools.arrays import UInt8Image
from tools.experts.anomaly_ov.scorer import load_anomaly_ov
from tools.experts.anyres import crops_of, cut_of
from tools.experts.backbones.siglip_tower import SiglipTower
from tools.experts.backbones.tower import TowerFeatures
from tools.experts.zero_shot import suspicion_word

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


class WatchedTower(SiglipTower):
    """Keeps a digest of each crop that it looks at."""

    looked_at: list[str]

    def features(self, crops_hwc: Sequence[UInt8Image]) -> TowerFeatures:
        self.looked_at += [hashlib.sha256(crop.tobytes()).hexdigest() for crop in crops_hwc]
        return super().features(crops_hwc)


def test_one_look_at_part_and_references_serves_expert_memory_and_nearest_references(
    inspect: Inspect, tiny_anomaly_ov: Path, tmp_path: Path
) -> None:
    # A process has one tower for a folder, so this is the one that inspects.
    tower = load_anomaly_ov(tiny_anomaly_ov).tower
    tower.__class__ = WatchedTower
    assert isinstance(tower, WatchedTower)
    tower.looked_at = []
    both = ["--expert", "anomaly_ov", "--expert", "patch_memory"]

    assert inspect(*both, "--backbone", "anomaly_ov", weights=tiny_anomaly_ov.parent) == 0

    shown = [tmp_path / "part.png", *sorted((tmp_path / "plate" / "references").iterdir())]
    crops = [
        hashlib.sha256(crop.tobytes()).hexdigest()
        for path in shown
        for crop in crops_of(np.array(Image.open(path)), cut_of(64, 48, side_px=28))
    ]
    counts = Counter(tower.looked_at)
    assert [counts[one] for one in crops] == [1] * len(crops)


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


def test_a_tower_of_the_table_is_named_by_the_setting(
    inspect: Inspect, tiny_anomaly_ov: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tiny_anomaly_ov / "tower").rename(tiny_anomaly_ov.parent / "siglip-so400m")
    monkeypatch.setenv("LOUPE_TOWER", "siglip-so400m")

    assert inspect("--expert", "anomaly_ov", weights=tiny_anomaly_ov.parent) == 0


def strange(path: Path) -> Path:
    """A picture that no reference resembles."""
    noise = np.random.default_rng(9).integers(0, 256, (60, 40, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return path


def test_without_any_product_the_expert_judges_alone_by_the_documented_band(
    tiny_anomaly_ov: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "loupe.toml").write_text(f'weights = "{tiny_anomaly_ov.parent}"\n', "utf-8")
    part = strange(tmp_path / "strange.png")

    arguments = ["inspect", str(part), "--home", str(home), "--json", "--expert", "anomaly_ov"]
    code = run_command_line(arguments)

    assert code == 0
    found = json.loads(capsys.readouterr().out)
    verdict, [score] = (
        found["verdict"],
        [e for e in found["evidence"] if "raw_score" in e["values"]],
    )
    raw = load_anomaly_ov(tiny_anomaly_ov).score([np.array(Image.open(part))])[0].raw_score
    assert found["product"] is None
    assert verdict["raw_score"] == verdict["score"] == score["values"]["raw_score"]
    assert verdict["score"] == pytest.approx(raw, abs=1e-5)
    assert (verdict["thresholds"]["low"], verdict["thresholds"]["high"]) == (0.3, 0.7)
    assert (verdict["calibrated"], verdict["p_value"]) == (False, None)
    wanted = "normal" if raw < 0.3 else "anomalous" if raw >= 0.7 else "review"
    assert verdict["decision"] == wanted
    assert score["values"]["suspicion"] == suspicion_word(raw)
    assert "The product is unknown" in score["text"]
