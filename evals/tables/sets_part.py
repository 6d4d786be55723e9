"""AUROC on the six sets: each method, macro mean, and the gain over each baseline.

Runs the experts in process; knows nothing of products, decisions or the command line.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from evals.datasets import ImageSet, Split, draw_splits, load_image_set
from evals.metrics import DrawScores, macro_mean_interval
from evals.tables.provenance import source_digest
from evals.tables.records import Measure
from evals.tables.set_scores import (
    RememberingBackbone,
    Scorer,
    Scores,
    difference_scores,
    expert_scorer,
    kept_scores,
    plain_resnet18_scorer,
)
from tools.arrays import UInt8Image

PART = "sets"
METRIC = "AUROC"
PLAIN = "plain ResNet-18"
MEMORY_RESNET = "patch memory, ResNet-18"
MEMORY_EMBEDDED = "patch memory, embedded"
DIFFERENCE = "pixel difference"

_WEIGHTS = Path("weights") / "resnet18_to_layer3"

_GAINS = (
    (MEMORY_RESNET, PLAIN),
    (MEMORY_RESNET, DIFFERENCE),
    (MEMORY_EMBEDDED, DIFFERENCE),
    (MEMORY_EMBEDDED, MEMORY_RESNET),
)


@dataclass(frozen=True, kw_only=True)
class SetsRun:
    """What to measure, and where scores are kept."""

    data_dir: Path
    work_dir: Path
    names: tuple[str, ...]
    n_draws: int
    n_references: int = 8
    seed: int = 0
    n_resamples: int = 1000


def measure_sets(run: SetsRun, report: Callable[[str], None]) -> list[Measure]:
    """Scores of every method on every set, then the figures.

    Args:
        run: what to measure.
        report: told one line before each set and method.
    """
    sets = [load_image_set(run.data_dir, name) for name in run.names]
    scores: dict[str, list[DrawScores]] = {}
    # Taken before anything runs: sources that change meanwhile are not what made the scores.
    codes = {name: source_digest(method.sources) for name, method in METHODS.items()}
    for name, method in METHODS.items():
        scorer = method.build(run.data_dir)
        scores[name] = []
        for image_set in sets:
            report(f"{image_set.name}: {name}, {run.n_draws} draws")
            scores[name].append(_scores(run, image_set, f"{name}-{codes[name]}", scorer))
    return [*_levels(run, sets, scores), *_gains(run, sets, scores)]


def build_plain(data_dir: Path) -> Scorer:
    """The plain ResNet-18 memory of ``evals.baselines``."""
    from tools.experts.backbones.resnet18 import load_resnet18

    return plain_resnet18_scorer(load_resnet18(data_dir / _WEIGHTS))


def build_memory_resnet(data_dir: Path) -> Scorer:
    """The patch memory expert over ResNet-18."""
    return _build_memory("resnet18", data_dir / _WEIGHTS)


def build_memory_embedded(_: Path) -> Scorer:
    """The patch memory expert over the embedded descriptor."""
    return _build_memory("embedded", None)


def build_difference(_: Path) -> Scorer:
    """The pixel difference to the nearest reference."""
    return difference_scores


class Method(NamedTuple):
    """One column of the table."""

    build: Callable[[Path], Scorer]  # from the folder of the shared data
    sources: tuple[str, ...]  # what its scores depend on; kept scores end with them


_EXPERTS = "tools/experts"
_SEEN_THROUGH = (f"{_EXPERTS}/memory_bank.py", f"{_EXPERTS}/backbones/pictures.py")
_MEMORY = (
    f"{_EXPERTS}/patch_memory.py",
    f"{_EXPERTS}/place_levels.py",
    *_SEEN_THROUGH,
)
_RESNET = f"{_EXPERTS}/backbones/resnet18.py"

METHODS: dict[str, Method] = {
    PLAIN: Method(build_plain, ("evals/baselines/plain_resnet18.py", _RESNET, *_SEEN_THROUGH)),
    MEMORY_RESNET: Method(build_memory_resnet, (_RESNET, *_MEMORY)),
    MEMORY_EMBEDDED: Method(build_memory_embedded, (f"{_EXPERTS}/backbones/embedded.py", *_MEMORY)),
    DIFFERENCE: Method(build_difference, ("evals/baselines/pixel_difference.py",)),
}


def _build_memory(backbone_name: str, weights: Path | None) -> Scorer:
    from tools.experts.backbones.table import load_backbone
    from tools.experts.patch_memory import PatchMemory

    remembering = RememberingBackbone(load_backbone(backbone_name, weights=weights))
    score = expert_scorer(PatchMemory(remembering))

    def score_and_forget(images: Sequence[UInt8Image], splits: Sequence[Split]) -> Scores:
        try:
            return score(images, splits)
        finally:
            remembering.forget()

    return score_and_forget


def _scores(run: SetsRun, image_set: ImageSet, method: str, scorer: Scorer) -> DrawScores:
    splits = draw_splits(
        image_set, n_references=run.n_references, n_draws=run.n_draws, seed=run.seed
    )
    slug = "".join(letter if letter.isalnum() else "_" for letter in method)
    name = f"{image_set.name}-{slug}-{run.n_references}x{run.n_draws}-{run.seed}.npy"
    kept_at = run.work_dir / "scores" / name
    return kept_scores(image_set, splits, scorer=scorer, kept_at=kept_at)


def _levels(
    run: SetsRun, sets: list[ImageSet], scores: dict[str, list[DrawScores]]
) -> Iterator[Measure]:
    for method, by_set in scores.items():
        for image_set, draws in zip(sets, by_set, strict=True):
            yield _measure(run, [draws], subject=image_set.name, method=method)
        yield _measure(run, by_set, subject="macro mean", method=method)


def _gains(
    run: SetsRun, sets: list[ImageSet], scores: dict[str, list[DrawScores]]
) -> Iterator[Measure]:
    for method, baseline in _GAINS:
        interval = macro_mean_interval(
            scores[method], baseline=scores[baseline], n=run.n_resamples, seed=run.seed
        )
        yield Measure.of(
            interval,
            part=PART,
            subject="macro mean",
            metric=f"AUROC minus {baseline}, paired",
            method=method,
            n=sum(len(image_set.samples) for image_set in sets),
        )


def _measure(run: SetsRun, by_set: list[DrawScores], *, subject: str, method: str) -> Measure:
    return Measure.of(
        macro_mean_interval(by_set, n=run.n_resamples, seed=run.seed),
        part=PART,
        subject=subject,
        metric=METRIC,
        method=method,
        n=sum(draws.gt_labels.size for draws in by_set),
    )
