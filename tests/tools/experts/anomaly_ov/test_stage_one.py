from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.experts.anomaly_ov.feature_files import FeatureFiles
from tools.experts.anomaly_ov.samples import LabelledPicture, part
from tools.experts.anomaly_ov.scorer import AnomalyOV
from tools.experts.anomaly_ov.stage_one import train_into
from tools.experts.anomaly_ov.training import Training, TrainingPlan
from tools.experts.anomaly_ov.weights import load_expert
from tools.experts.shared_eyes import SharedEyes

PLAN = TrainingPlan(epochs=2, batch_size=4, embedding=8, learning_rate=1e-2)


@pytest.fixture
def trained(samples: list[LabelledPicture], features: FeatureFiles, tmp_path: Path) -> Training:
    parted = part(samples, held_out=["second"])
    return train_into(tmp_path / "out", parted, features=features, plan=PLAN)


def test_a_training_leaves_expert_curve_record_and_held_out_scores(
    trained: Training, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    names = sorted(path.name for path in out.iterdir())
    assert names == [
        "checkpoint.pt",
        "curve.png",
        "expert.safetensors",
        "held_out.csv",
        "training.json",
    ]
    with Image.open(out / "curve.png") as curve:
        assert curve.size == (700, 400)
    record = json.loads((out / "training.json").read_text("utf-8"))
    assert record["trained_on"] == {"first": {"normal": 4, "anomalous": 2}}
    assert record["held_out"] == {"second": {"normal": 4, "anomalous": 2}}
    assert record["steps"] == 4
    with (out / "held_out.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["dataset"] for row in rows] == ["second"] * 6


def test_a_finished_training_is_not_trained_again(
    trained: Training, samples: list[LabelledPicture], features: FeatureFiles, tmp_path: Path
) -> None:
    before = (tmp_path / "out" / "checkpoint.pt").stat().st_mtime_ns

    again = train_into(
        tmp_path / "out", part(samples, held_out=["second"]), features=features, plan=PLAN
    )

    assert (tmp_path / "out" / "checkpoint.pt").stat().st_mtime_ns == before
    assert again.losses == trained.losses


@pytest.mark.parametrize("tiles", [True, False])
def test_what_was_trained_judges_pictures_as_in_its_training(
    tiles: bool, samples: list[LabelledPicture], features: FeatureFiles, tmp_path: Path
) -> None:
    kept = FeatureFiles(features.tower, tmp_path / "features", tiles=tiles)
    out = tmp_path / "out"
    train_into(out, part(samples, held_out=["second"]), features=kept, plan=PLAN)
    with (out / "held_out.csv").open(encoding="utf-8") as stream:
        logits = [float(row["logit"]) for row in csv.DictReader(stream)]
    file = load_expert(out / "expert.safetensors")
    expert = AnomalyOV(file, SharedEyes(features.tower, tiles=file.tiles))

    pictures = [np.array(Image.open(s.path)) for s in samples if s.dataset == "second"]
    found = expert.score(pictures)

    # Kept features have half precision.
    wanted = [1 / (1 + np.exp(-logit)) for logit in logits]
    assert [one.raw_score for one in found] == pytest.approx(wanted, abs=1e-2)
    assert found[0].anomaly_map.shape == (28, 28)
