"""Anomaly-OV's expert, trained here behind a ResNet-18 and tested on sets it never saw.

Knows nothing of products, decisions or the command line.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from evals.datasets.cross_sets import FOLDS, ONLY_TRAINED, TESTED, load_pool
from evals.datasets.records import ImageSet
from evals.datasets.splits import draw_splits
from evals.metrics import DrawScores, macro_mean_interval
from evals.tables.output import write_files
from evals.tables.provenance import source_digest
from evals.tables.records import Measure, Table
from evals.tables.set_scores import Scorer, kept_scores

if TYPE_CHECKING:
    from tools.experts.anomaly_ov.module import Ablation
    from tools.experts.anomaly_ov.samples import LabelledPicture

PART = "zero-shot"
METRIC = "AUROC"
FULL = "expert"
VARIANTS: dict[str, "Ablation"] = {
    FULL: "",
    "without look-back": "look_back",
    "without e+ and e-": "signs",
    "without Q-Former": "q_former",
}
MEMORY = "patch memory, embedded"
BOTH = "expert and patch memory"
_NETWORK = Path("weights") / "resnet18_to_layer3"
_SOURCES = (
    *(f"tools/experts/anomaly_ov/{name}.py" for name in ("module", "steps", "samples")),
    *(f"tools/experts/anomaly_ov/{name}.py" for name in ("feature_files", "training")),
    "tools/experts/backbones/resnet18_tower.py",
)
"""What a trained expert depends on; its folder ends with their digest."""


NOTES = (
    "Each set is scored by an expert that was trained on the other folds and on "
    f"{', '.join(ONLY_TRAINED)}; elpv_mono and elpv_poly, and brainmri and br35h, are held out "
    "together. Chance is 0.5. The tower is an ImageNet ResNet-18, not SigLIP; batches and epochs "
    "fit a pool of about a thousand pictures, not the paper's 125,000. The patch memory has seen 8 "
    "normal pictures of the set that it is tested on, the expert none.",
)


@dataclass(frozen=True, kw_only=True)
class ZeroShotRun:
    """What to train and measure, and where it is kept."""

    data_dir: Path
    work_dir: Path
    n_draws: int = 5
    n_references: int = 8
    epochs: int = 6
    batch_size: int = 16
    embedding: int = 128
    seed: int = 0
    n_resamples: int = 1000


def measure_zero_shot(run: ZeroShotRun, report: Callable[[str], None]) -> list[Measure]:
    """Train each variant on each fold's rest, score what was held out, then the figures.

    Args:
        run: what to measure.
        report: told one line before each training and each set.
    """
    logits = {
        name: _logits_of(run, ablation, name=name, report=report)
        for name, ablation in VARIANTS.items()
    }
    sets = load_pool(run.data_dir, TESTED)
    scores = {
        name: [_on_draws(run, one, found[one.name]) for one in sets]
        for name, found in logits.items()
    }
    scores[MEMORY] = []
    for image_set in sets:
        report(f"{image_set.name}: {MEMORY}")
        scores[MEMORY].append(_memory_scores(run, image_set))
    scores = {name: [only_tested(one) for one in found] for name, found in scores.items()}
    scores[BOTH] = [joined(*pair) for pair in zip(scores[FULL], scores[MEMORY], strict=True)]
    return [*_levels(run, sets, scores), *_gains(run, scores)]


def only_tested(draws: DrawScores) -> DrawScores:
    """Without the pictures that no draw tests, which a resample could pick alone."""
    tested = ~np.isnan(draws.scores_dn).all(axis=0)
    return DrawScores(draws.gt_labels[tested], draws.scores_dn[:, tested])


def joined(first: DrawScores, second: DrawScores) -> DrawScores:
    """Mean rank of two methods within each draw; nothing is fitted."""
    rows = [
        np.mean([rankdata(row, nan_policy="omit") for row in pair], axis=0)
        for pair in zip(first.scores_dn, second.scores_dn, strict=True)
    ]
    return DrawScores(first.gt_labels, np.array(rows))


def _logits_of(
    run: ZeroShotRun, ablation: "Ablation", *, name: str, report: Callable[[str], None]
) -> Mapping[str, list[float]]:
    """By set: the logit of each picture, from the training that never saw the set."""
    from tools.experts.anomaly_ov.feature_files import FeatureFiles
    from tools.experts.anomaly_ov.samples import part
    from tools.experts.anomaly_ov.stage_one import train_into
    from tools.experts.anomaly_ov.training import TrainingPlan, score_pictures
    from tools.experts.backbones.resnet18_tower import load_resnet18_tower

    tower = load_resnet18_tower(run.data_dir / _NETWORK)
    features = FeatureFiles(tower, run.work_dir / "features", tiles=False)
    plan = TrainingPlan(
        epochs=run.epochs,
        batch_size=run.batch_size,
        embedding=run.embedding,
        ablation=ablation,
        seed=run.seed,
    )
    pool = _labelled(run)
    logits: dict[str, list[float]] = {}
    code = source_digest(_SOURCES)
    for fold, held_out in FOLDS.items():
        report(f"fold {fold} without {', '.join(held_out)}: {name}")
        parted = part(pool, held_out=held_out)
        folder = run.work_dir / f"{ablation or 'full'}-{fold}-{code}"
        training = train_into(folder, parted, features=features, plan=plan)
        for held in held_out:
            pictures = [sample for sample in parted.held_out if sample.dataset == held]
            logits[held] = score_pictures(training.expert, pictures, features)
    return logits


def _labelled(run: ZeroShotRun) -> "list[LabelledPicture]":
    from tools.experts.anomaly_ov.samples import LabelledPicture

    return [
        LabelledPicture(sample.path, sample.gt_label == 1, image_set.name)
        for image_set in load_pool(run.data_dir, (*TESTED, *ONLY_TRAINED))
        for sample in image_set.samples
    ]


def _on_draws(run: ZeroShotRun, image_set: ImageSet, logits: Sequence[float]) -> DrawScores:
    """The same logits on each draw, without the references that the patch memory learns."""
    splits = draw_splits(
        image_set, n_references=run.n_references, n_draws=run.n_draws, seed=run.seed
    )
    scores = np.tile(np.asarray(logits, dtype=np.float64), (len(splits), 1))
    for row, split in zip(scores, splits, strict=True):
        row[list(split.reference_indices)] = np.nan
    labels = np.array([sample.gt_label for sample in image_set.samples], dtype=np.int64)
    return DrawScores(labels, scores)


def _memory_scores(run: ZeroShotRun, image_set: ImageSet) -> DrawScores:
    from evals.tables.sets_part import METHODS

    method = METHODS[MEMORY]
    scorer: Scorer = method.build(run.data_dir)
    splits = draw_splits(
        image_set, n_references=run.n_references, n_draws=run.n_draws, seed=run.seed
    )
    stem = f"memory-{image_set.name}-{run.n_draws}-{run.seed}-{source_digest(method.sources)}"
    kept_at = run.work_dir / "scores" / f"{stem}.npy"
    return kept_scores(image_set, splits, scorer=scorer, kept_at=kept_at)


def _levels(
    run: ZeroShotRun, sets: Sequence[ImageSet], scores: Mapping[str, Sequence[DrawScores]]
) -> list[Measure]:
    measures = []
    for name, found in scores.items():
        for image_set, one in zip(sets, found, strict=True):
            interval = macro_mean_interval([one], n=run.n_resamples, seed=run.seed)
            measures.append(
                Measure.of(
                    interval,
                    part=PART,
                    subject=image_set.name,
                    metric=METRIC,
                    method=name,
                    n=len(image_set.samples),
                )
            )
        interval = macro_mean_interval(found, n=run.n_resamples, seed=run.seed)
        measures.append(
            Measure.of(
                interval,
                part=PART,
                subject="macro mean",
                metric=METRIC,
                method=name,
                n=sum(len(one.samples) for one in sets),
            )
        )
    return measures


def _gains(run: ZeroShotRun, scores: Mapping[str, Sequence[DrawScores]]) -> list[Measure]:
    pairs = [(FULL, name) for name in scores if name not in (FULL, BOTH)]
    pairs += [(BOTH, FULL), (BOTH, MEMORY)]
    return [
        Measure.of(
            macro_mean_interval(
                scores[ours], baseline=scores[theirs], n=run.n_resamples, seed=run.seed
            ),
            part=PART,
            subject=f"{ours} - {theirs}",
            metric="gain in AUROC",
            method="macro mean",
            n=len(scores[ours]),
        )
        for ours, theirs in pairs
    ]


def write_zero_shot_table(run: ZeroShotRun, *, out: Path, report: Callable[[str], None]) -> Table:
    """Train, measure, and write ``table.json`` and ``table.md``.

    Args:
        run: what to train and measure.
        out: folder of the table.
        report: told one line before each training and each set.
    """
    out.mkdir(parents=True, exist_ok=True)
    measures = measure_zero_shot(run, report)
    command = "loupe eval zero-shot --data DIR" + "".join(
        f" --{name} {value}"
        for name, value, usual in (
            ("draws", run.n_draws, 5),
            ("epochs", run.epochs, 6),
            ("seed", run.seed, 0),
        )
        if value != usual
    )
    return write_files(measures, command=command, seed=run.seed, out=out, notes=NOTES)
