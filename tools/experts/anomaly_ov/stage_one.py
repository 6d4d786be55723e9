"""A training into a folder: expert, curve and scores of what was held out. Knows no command."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from tools.experts.anomaly_ov.feature_files import FeatureFiles
from tools.experts.anomaly_ov.samples import LabelledPicture, Parted
from tools.experts.anomaly_ov.training import Training, TrainingPlan, score_pictures
from tools.experts.anomaly_ov.weights import save_expert
from tools.experts.backbones.siglip_tower import SiglipTower

EXPERT_FILE = "expert.safetensors"
SCORES_FILE = "held_out.csv"
CURVE_FILE = "curve.png"
RECORD_FILE = "training.json"


def train_into(
    folder: Path,
    parted: Parted,
    *,
    features: FeatureFiles,
    plan: TrainingPlan,
    report: Callable[[int, int], None] | None = None,
) -> Training:
    """Train, or go on with the training of the folder, and write what it gave.

    Args:
        folder: of checkpoint, expert, curve, record and scores; it is made.
        parted: pictures to train on, and those to score afterwards.
        features: of their pictures, with the tower.
        plan: of the training.
        report: is told how many steps are done, of how many.

    Raises:
        LoupeError: where pictures, checkpoint or features cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    training = Training(parted.trained, features, plan, folder=folder)
    training.run(report=report)
    tower = features.tower
    levels = (tower.taps, tower.final) if isinstance(tower, SiglipTower) else ((), 0)
    save_expert(
        training.expert,
        folder / EXPERT_FILE,
        taps=levels[0],
        final=levels[1],
        tower=tower.digest,
        tiles=features.tiles,
    )
    draw_curve(training, folder / CURVE_FILE)
    write_record(training, parted, folder / RECORD_FILE)
    if parted.held_out:
        scores = score_pictures(training.expert, parted.held_out, features)
        write_scores(parted.held_out, scores, folder / SCORES_FILE)
    return training


def write_scores(samples: Sequence[LabelledPicture], scores: Sequence[float], file: Path) -> None:
    """A line for each picture: path, label, data set and the expert's logit."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "label", "dataset", "logit"])
        for sample, score in zip(samples, scores, strict=True):
            label = "anomalous" if sample.anomalous else "normal"
            writer.writerow([sample.path, label, sample.dataset, f"{score:.6g}"])


def write_record(training: Training, parted: Parted, file: Path) -> None:
    """What was trained, as JSON."""
    record = {
        "plan": asdict(training.plan),
        "tower": training.features.tower.digest,
        "tiles": training.features.tiles,
        "steps": training.n_steps,
        "trained_on": _counts(parted.trained),
        "held_out": _counts(parted.held_out),
        "last_epoch_loss": _mean(training.losses[-training.steps_per_epoch :]),
    }
    file.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def draw_curve(training: Training, file: Path) -> None:
    """Loss and learning rate over the steps, and the mean loss of each epoch, as a picture."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    losses, per_epoch = training.losses, training.steps_per_epoch
    axes = figure.add_subplot(xlabel="step", ylabel="balanced BCE")
    axes.plot(losses, linewidth=0.8, color="0.7", label="step")
    ends = [min(end, len(losses)) for end in range(per_epoch, len(losses) + per_epoch, per_epoch)]
    means = [_mean(losses[max(0, end - per_epoch) : end]) for end in ends]
    axes.plot([end - 1 for end in ends], means, color="tab:blue", marker=".", label="epoch")
    axes.legend(loc="upper right")
    rates = axes.twinx()
    rates.set_ylabel("learning rate")
    rates.plot(training.rates, linewidth=0.6, color="tab:orange", alpha=0.6)
    figure.savefig(file, dpi=100)


def _counts(samples: Sequence[LabelledPicture]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for sample in samples:
        of_set = counts.setdefault(sample.dataset, {"normal": 0, "anomalous": 0})
        of_set["anomalous" if sample.anomalous else "normal"] += 1
    return counts


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
