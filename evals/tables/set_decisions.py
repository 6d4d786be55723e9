"""Decisions on the first draw of every set: Loupe's default band, and one plain threshold.

Knows nothing of how Loupe decides.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from evals.baselines.pixel_difference import PixelDifference
from evals.datasets import ImageSet, Split, first_split
from evals.datasets.pictures import load_rgb
from evals.metrics import Interval, bootstrap_interval, image_auroc
from evals.tables import decisions_part
from evals.tables.answers import raw_score
from evals.tables.decisions_part import PART, POOLED, Decided, measure_decisions
from evals.tables.loupe_runs import LoupeRuns
from evals.tables.records import Measure
from graphs.records import Inspection

LOUPE = "Loupe, embedded mind"
BASELINE = "pixel difference, highest score among references"

_SIDE_PX = 256
_N_COMPARED = 6


def measure_set_decisions(
    sets: Sequence[ImageSet], runs: LoupeRuns, *, seed: int, every: int = 1
) -> Iterator[Measure]:
    """Rates of each set and of all pictures together, for Loupe and for the baseline."""
    by_method: dict[str, list[Decided]] = {LOUPE: [], BASELINE: []}
    n_undecided = 0
    for image_set in sets:
        split = first_split(image_set, seed=seed, every=every)
        inspections = runs.inspect_split(image_set, split)
        ours = [
            _decided(image_set.samples[index].gt_label, inspection)
            for index, inspection in zip(split.test_indices, inspections, strict=True)
        ]
        decided = [one for one in ours if one is not None]
        n_undecided += len(ours) - len(decided)
        for method, answers in ((LOUPE, decided), (BASELINE, plain_decisions(image_set, split))):
            by_method[method] += answers
            yield from measure_decisions(image_set.name, answers, method=method)
        yield fused_auroc(image_set, split, inspections)
        yield same_score(image_set, split, inspections)
    for method, answers in by_method.items():
        yield from measure_decisions(POOLED, answers, method=method)
    yield _failed(n_undecided, n=n_undecided + len(by_method[LOUPE]))


def measure_pcb_decisions(
    gt_labels: Sequence[int], inspections: Sequence[Inspection]
) -> Iterator[Measure]:
    """Rates on DeepPCB; its baseline has no threshold, as no template can be left out."""
    ours = [_decided(label, one) for label, one in zip(gt_labels, inspections, strict=True)]
    decided = [one for one in ours if one is not None]
    yield from measure_decisions("DeepPCB", decided, method=LOUPE)


def plain_decisions(image_set: ImageSet, split: Split) -> list[Decided]:
    """The pixel difference against the highest score of a reference among the others."""
    references = [load_rgb(image_set.samples[i].path) for i in split.reference_indices]
    baseline = PixelDifference(references, side_px=_SIDE_PX)
    threshold = max(
        PixelDifference([*references[:i], *references[i + 1 :]], side_px=_SIDE_PX)
        .score(image)
        .raw_score
        for i, image in enumerate(references)
    )
    samples = [image_set.samples[index] for index in split.test_indices]
    return [
        decisions_part.decided_from_threshold(
            sample.gt_label,
            raw_score=baseline.score(load_rgb(sample.path)).raw_score,
            threshold=threshold,
        )
        for sample in samples
    ]


def fused_auroc(image_set: ImageSet, split: Split, inspections: Sequence[Inspection]) -> Measure:
    """AUROC of the verdict's raw score, of all pictures that have one."""
    labels = [image_set.samples[index].gt_label for index in split.test_indices]
    scored = [
        (label, inspection.verdict.raw_score)
        for label, inspection in zip(labels, inspections, strict=True)
        if inspection.verdict.raw_score is not None
    ]
    gt_labels, scores = zip(*scored, strict=True)
    return Measure.of(
        Interval(
            image_auroc(gt_labels, scores), *bootstrap_interval(image_auroc, gt_labels, scores)
        ),
        part=PART,
        subject=image_set.name,
        metric="AUROC of the verdict's raw score",
        method=LOUPE,
        n=len(scored),
    )


def same_score(image_set: ImageSet, split: Split, inspections: Sequence[Inspection]) -> Measure:
    """Largest relative difference between the patch memory's score here and in the record.

    A few pictures suffice: both ways either read, learn and score alike, or they do not.
    """
    from tools.experts.backbones.table import load_backbone
    from tools.experts.patch_memory import PatchMemory

    references = [load_rgb(image_set.samples[i].path) for i in split.reference_indices]
    memory = PatchMemory(load_backbone("embedded")).learn(references, per_place=False)
    chosen = range(0, len(inspections), max(1, len(inspections) // _N_COMPARED))
    images = [load_rgb(image_set.samples[split.test_indices[i]].path) for i in chosen]
    here = [found.raw_score for found in memory.score(images)]
    there = [raw_score(inspections[i], source="patch_memory") for i in chosen]
    apart = np.abs(np.subtract(here, there)) / np.abs(here)
    return Measure(
        part=PART,
        subject=image_set.name,
        metric="same score: in process against the command line, largest relative difference",
        method=LOUPE,
        n=len(here),
        value=float(apart.max()),
    )


def _decided(gt_label: int, inspection: Inspection) -> Decided | None:
    """None for a failed inspection; a review without a score is one at even odds."""
    verdict = inspection.verdict
    if verdict.decision is None:
        return None
    if verdict.score is None:
        return decisions_part.decided_from_score(gt_label, verdict.decision, score=0.5)
    return decisions_part.decided_from_score(gt_label, verdict.decision, score=verdict.score)


def _failed(n_failed: int, *, n: int) -> Measure:
    return Measure(
        part=PART,
        subject=POOLED,
        metric="failed inspections, left out above",
        method=LOUPE,
        n=n,
        value=float(np.round(n_failed / n, 6)),
    )
