"""How alike answers to the same are: over repeats, against the baseline, in other words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from evals.results.intervals import mean_rate_interval, rate_interval
from evals.results.records import POOLED, Results, forced_label, material_of
from evals.runner.rows import Row
from evals.tables.records import Measure

REPEATS = "repeats of the same"
FLIPS = "labels that differ from the baseline's"
VARIATIONS = "one judgement asked in several ways"
WAYS = ("paraphrased", "swapped", "mirrored")


def measure_agreement(results: Results) -> Iterator[Measure]:
    """Agreement of decisions and regions over the pairs of repeats of each sample."""
    for condition in results.conditions:
        pairs = list(_pairs(results, condition))
        if not pairs:
            continue
        same = rate_interval([one.decision == other.decision for one, other in pairs])
        spread = mean_rate_interval(
            [[apart for pair in pairs if (apart := _apart(*pair)) is not None]],
            seed=results.manifest.seed,
        )
        drawn = [pair for pair in pairs if pair[0].boxes_xyxy or pair[1].boxes_xyxy]
        overlap = mean_rate_interval(
            [[union_iou(one.boxes_xyxy, other.boxes_xyxy) for one, other in drawn]],
            seed=results.manifest.seed,
        )
        found = (
            ("pairs with the same decision", same, len(pairs)),
            ("mean difference of scores", spread, len(pairs)),
            ("IoU of the areas of all regions, where there are any", overlap, len(drawn)),
        )
        for metric, interval, n in found:
            if interval is not None:
                yield Measure.of(
                    interval, part=REPEATS, subject=metric, metric=metric, method=condition, n=n
                )


def measure_flips(results: Results) -> Iterator[Measure]:
    """Share of samples whose label differs from the one under the suite's baseline."""
    for condition in results.conditions:
        if not results.suite.baseline or condition == results.suite.baseline:
            continue
        everywhere: list[bool] = []
        by_material: dict[str, list[bool]] = defaultdict(list)
        for cell in results.of_condition(condition):
            other = results.cell(results.suite.baseline, cell.material, cell.draw)
            labels = {row.sample: forced_label(row) for row in other.rows} if other else {}
            flipped = [
                forced_label(row) != labels[row.sample]
                for row in cell.rows
                if None not in (forced_label(row), labels.get(row.sample))
            ]
            by_material[cell.material] += flipped
            everywhere += flipped
        for subject, hits in [*by_material.items(), (POOLED, everywhere)]:
            interval = rate_interval(hits)
            if interval is not None:
                yield Measure.of(
                    interval,
                    part=FLIPS,
                    subject=subject,
                    metric="share flipped",
                    method=condition,
                    n=len(hits),
                )


def measure_variations(results: Results) -> Iterator[Measure]:
    """How far the score at first sight moves in other words, another order, and mirrored."""
    for condition in results.conditions:
        rows = [row for cell in results.of_condition(condition) for row in cell.rows]
        asked = [row for row in rows if "stability_plain" in row.values]
        for way in WAYS:
            moved = [
                abs(_number(row, "plain") - _number(row, way))
                for row in asked
                if f"stability_{way}" in row.values
            ]
            interval = mean_rate_interval([moved], seed=results.manifest.seed)
            if interval is not None:
                yield Measure.of(
                    interval,
                    part=VARIATIONS,
                    subject=f"{way}: mean difference of scores",
                    metric="difference",
                    method=condition,
                    n=len(moved),
                )
        agreeing = rate_interval([row.values.get("stability_agree") is True for row in asked])
        if agreeing is not None:
            yield Measure.of(
                agreeing,
                part=VARIATIONS,
                subject="samples whose judgements agree",
                metric="share",
                method=condition,
                n=len(asked),
            )


def _number(row: Row, way: str) -> float:
    return float(row.values[f"stability_{way}"])


def _apart(one: Row, other: Row) -> float | None:
    return None if one.score is None or other.score is None else abs(one.score - other.score)


def _pairs(results: Results, condition: str) -> Iterator[tuple[Row, Row]]:
    repeats: dict[tuple[str, str, int], list[Row]] = defaultdict(list)
    for row in results.rows:
        if row.condition == condition and row.role == "test" and row.answered:
            repeats[material_of(row), row.sample, row.draw].append(row)
    for rows in repeats.values():
        yield from combinations(sorted(rows, key=lambda row: row.repeat), 2)


def union_iou(boxes: Sequence[Sequence[float]], others: Sequence[Sequence[float]]) -> float:
    """Overlap of what two sets of boxes cover together, exact; 0 where one set is empty.

    Args:
        boxes: xyxy, far corner exclusive.
        others: in the same frame.
    """
    if not boxes or not others:
        return 0.0
    every = np.array([*boxes, *others], dtype=np.float64)
    xs, ys = np.unique(every[:, [0, 2]]), np.unique(every[:, [1, 3]])
    area = np.outer(np.diff(ys), np.diff(xs))
    ours, theirs = _covered(boxes, xs, ys), _covered(others, xs, ys)
    return float(area[ours & theirs].sum() / area[ours | theirs].sum())


def _covered(
    boxes: Sequence[Sequence[float]],
    xs: np.ndarray[tuple[int], np.dtype[np.float64]],
    ys: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Which cells between neighbouring edges a set of boxes covers, (len(ys)-1, len(xs)-1)."""
    covered = np.zeros((len(ys) - 1, len(xs) - 1), dtype=np.bool_)
    for x1, y1, x2, y2 in boxes:
        rows = (ys[:-1] >= y1) & (ys[1:] <= y2)
        columns = (xs[:-1] >= x1) & (xs[1:] <= x2)
        covered |= np.outer(rows, columns)
    return covered
