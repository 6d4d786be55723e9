from __future__ import annotations

import math
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
import torch

from tools.errors import LoupeError, WeightsError
from tools.experts.anomaly_ov.feature_files import FeatureFiles
from tools.experts.anomaly_ov.samples import LabelledPicture
from tools.experts.anomaly_ov.training import (
    CHECKPOINT,
    Training,
    TrainingPlan,
    balanced_weights,
    batch_rows,
    score_pictures,
)

Samples = list[LabelledPicture]
PLAN = TrainingPlan(epochs=2, batch_size=5, embedding=8, learning_rate=1e-2)


def trained(samples: Samples, features: FeatureFiles, plan: TrainingPlan, folder: Path) -> Training:
    folder.mkdir(exist_ok=True)
    training = Training(samples, features, plan, folder=folder)
    training.run(save_every=1)
    return training


def test_each_epoch_sees_every_picture_once_in_an_order_of_its_own(
    samples: Samples, features: FeatureFiles, tmp_path: Path
) -> None:
    training = Training(samples, features, PLAN, folder=tmp_path)

    steps = [batch_rows(training, step) for step in range(training.n_steps)]

    assert [len(rows) for rows in steps] == [5, 5, 2, 5, 5, 2]
    first, second = [*chain(*steps[:3])], [*chain(*steps[3:])]
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second


def test_both_labels_weigh_the_same_within_each_data_set(samples: Samples) -> None:
    uneven = [*samples[:5], *samples[6:]]

    weights = balanced_weights(uneven)

    # Of the first set 2 of 5 are anomalous (pictures 0 and 3), of the second 2 of 6.
    assert weights[:5] == pytest.approx([5 / 4, 5 / 6, 5 / 6, 5 / 4, 5 / 6])
    assert weights[5:] == pytest.approx([6 / 4, 6 / 8, 6 / 8, 6 / 4, 6 / 8, 6 / 8])
    with pytest.raises(LoupeError, match="normal and anomalous"):
        balanced_weights([s for s in samples if s.anomalous])


def test_the_rate_starts_anew_every_half_epoch(
    samples: Samples, features: FeatureFiles, tmp_path: Path
) -> None:
    plan = replace(PLAN, batch_size=2)
    training = trained(samples, features, plan, tmp_path)

    # 6 steps an epoch, so a cycle has 3: the cosine at 0, 1/3 and 2/3 of the way.
    cycle = [1e-2 * (1 + math.cos(math.pi * k / 3)) / 2 for k in range(3)]
    assert training.rates == pytest.approx(cycle * 4)


def test_a_stopped_training_goes_on_exactly_as_it_would_have(
    samples: Samples, features: FeatureFiles, tmp_path: Path
) -> None:
    whole = trained(samples, features, PLAN, tmp_path / "whole")
    folder = tmp_path / "stopped"
    folder.mkdir()

    class Stopped(Exception):
        pass

    def stop(done: int, of: int) -> None:
        if done == 2:
            raise Stopped

    with pytest.raises(Stopped):
        Training(samples, features, PLAN, folder=folder).run(save_every=1, report=stop)
    torch.manual_seed(99)
    again = Training(samples, features, PLAN, folder=folder)
    assert len(again.losses) == 2
    again.run(save_every=1)

    assert again.losses == whole.losses
    assert again.rates == whole.rates
    for name, value in whole.expert.state_dict().items():
        assert torch.equal(value, again.expert.state_dict()[name])


def test_a_checkpoint_of_another_training_is_refused(
    samples: Samples, features: FeatureFiles, tmp_path: Path
) -> None:
    trained(samples, features, PLAN, tmp_path)

    with pytest.raises(WeightsError, match="is of another training"):
        Training(samples, features, replace(PLAN, seed=1), folder=tmp_path)


def test_a_checkpoint_that_is_cut_off_is_told_in_one_line(
    samples: Samples, features: FeatureFiles, tmp_path: Path
) -> None:
    (tmp_path / CHECKPOINT).write_bytes(b"PK")

    with pytest.raises(WeightsError, match="cannot be read; delete it"):
        Training(samples, features, PLAN, folder=tmp_path)


def test_training_learns_what_is_easy(
    samples: Samples, features: FeatureFiles, tmp_path: Path
) -> None:
    training = trained(samples, features, replace(PLAN, epochs=30), tmp_path)

    scores = score_pictures(training.expert, samples, features)

    anomalous = [s for s, sample in zip(scores, samples, strict=True) if sample.anomalous]
    normal = [s for s, sample in zip(scores, samples, strict=True) if not sample.anomalous]
    assert min(anomalous) > max(normal)


def test_a_picture_is_looked_at_once(samples: Samples, features: FeatureFiles) -> None:
    first = features.batch([samples[0].path, samples[1].path])
    before = {file: file.stat().st_mtime_ns for file in features.folder.iterdir()}
    second = features.batch([samples[1].path])

    assert len(before) == 2
    assert {file: file.stat().st_mtime_ns for file in features.folder.iterdir()} == before
    assert first.split_sizes == [2, 2]
    assert torch.equal(first.final_bnd[2:], second.final_bnd)
    assert first.final_bnd.dtype == torch.float32


def test_the_base_view_alone_is_one_crop(
    samples: Samples, features: FeatureFiles, tmp_path: Path
) -> None:
    base = FeatureFiles(features.tower, tmp_path / "features", tiles=False)

    alone = base.batch([samples[0].path])

    assert alone.split_sizes == [1]
    assert torch.equal(alone.final_bnd, features.batch([samples[0].path]).final_bnd[:1])
