"""Figures on DeepPCB from what each method says of every picture. Knows no method."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from evals.metrics import (
    Interval,
    bootstrap_interval,
    image_auroc,
    match_boxes,
    mean_interval,
    paired_bootstrap,
    wilson_interval,
)
from evals.tables.pcb_pictures import PcbPicture
from evals.tables.records import Measure

PART = "deeppcb"
SUBJECT = "DeepPCB"
LOUPE = "Loupe, embedded mind"
BASELINE = "pixel difference"


class Said(NamedTuple):
    """What a method says of one picture."""

    raw_score: float
    boxes_xyxy: Sequence[Sequence[float]]
    place: int | None  # index of the template that it compared with, None where none


def measure_pcb(
    pictures: Sequence[PcbPicture], said: Sequence[Said], *, method: str, seed: int = 0
) -> Iterator[Measure]:
    """AUROC, boxes hit, false regions on anomalous and on normal pictures, place recall.

    Intervals of boxes and regions resample pictures, as boxes of one picture are not independent.
    """
    labels = [picture.gt_label for picture in pictures]
    scores = [answer.raw_score for answer in said]
    low, high = bootstrap_interval(image_auroc, labels, scores, seed=seed)
    auroc = Interval(image_auroc(labels, scores), low, high)
    yield _measure(auroc, "AUROC of raw_score", n=len(labels), method=method)
    yield from _box_measures(pictures, said, method=method, seed=seed)
    right = [answer.place == p.place for p, answer in zip(pictures, said, strict=True)]
    anomalous = [hit for hit, label in zip(right, labels, strict=True) if label]
    yield _measure(
        wilson_interval(sum(anomalous), len(anomalous)),
        "right template recalled, test pictures",
        n=len(anomalous),
        method=method,
    )


def _box_measures(
    pictures: Sequence[PcbPicture], said: Sequence[Said], *, method: str, seed: int
) -> Iterator[Measure]:
    matches = [
        match_boxes(picture.boxes_xyxy, answer.boxes_xyxy)
        for picture, answer in zip(pictures, said, strict=True)
    ]
    anomalous = [m for p, m in zip(pictures, matches, strict=True) if p.gt_label]
    normal = [m for p, m in zip(pictures, matches, strict=True) if not p.gt_label]
    counts = [[m.n_hits, m.n_boxes] for m in anomalous]
    n_boxes = sum(m.n_boxes for m in anomalous)
    hit_share = paired_bootstrap(lambda c: float(c[:, 0].sum() / c[:, 1].sum()), counts, seed=seed)
    yield _measure(hit_share, "boxes hit", n=n_boxes, method=method)
    for name, group in (("test pictures", anomalous), ("templates", normal)):
        false_regions = mean_interval(np.array([m.n_false_regions for m in group]), seed=seed)
        metric = f"false regions a picture, {name}"
        yield _measure(false_regions, metric, n=len(group), method=method)


def _measure(interval: Interval, metric: str, *, n: int, method: str) -> Measure:
    return Measure.of(interval, part=PART, subject=SUBJECT, metric=metric, method=method, n=n)
