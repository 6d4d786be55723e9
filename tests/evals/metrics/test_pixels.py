"""Pixel metrics against hand counts, scikit-learn, and AU-PRO by brute force."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from evals.metrics import (
    aupro,
    pixel_ap,
    pixel_auroc,
    pixel_f1_max,
    pixel_scores,
    stream_pixel_scores,
)
from evals.metrics.pixel_exact import ExactPixels
from evals.metrics.pixel_input import split_map
from evals.metrics.pixel_order import highest
from evals.metrics.pixel_tally import aupro_of

Maps = Sequence[npt.NDArray[Any]]
Case = tuple[list[npt.NDArray[Any]], list[npt.NDArray[Any]]]


def brute_force_aupro(gt_masks: Maps, anomaly_maps: Maps, fpr_limit: float) -> float:
    """Every threshold, every region, every pixel; no shortcut shared with the code under test."""
    regions = [region for mask in gt_masks for region in flood_regions(mask)]
    owners = [i for i, mask in enumerate(gt_masks) for _ in flood_regions(mask)]
    curve = [(0.0, 0.0)]
    for threshold in sorted({float(v) for m in anomaly_maps for v in m.ravel()}, reverse=True):
        flagged = [m >= threshold for m in anomaly_maps]
        false = sum(int((f & ~mask).sum()) for f, mask in zip(flagged, gt_masks, strict=True))
        normal = sum(int((~mask).sum()) for mask in gt_masks)
        overlaps = [
            sum(bool(flagged[owner][pixel]) for pixel in region) / len(region)
            for owner, region in zip(owners, regions, strict=True)
        ]
        curve.append((false / normal, float(np.mean(overlaps))))
    area = 0.0
    for (x1, y1), (x2, y2) in pairwise(curve):
        if x1 >= fpr_limit or x1 == x2:
            continue
        end = min(x2, fpr_limit)
        y_end = y1 + (y2 - y1) * (end - x1) / (x2 - x1)
        area += (end - x1) * (y1 + y_end) / 2
    return area / fpr_limit


def flood_regions(mask: npt.NDArray[Any]) -> list[set[tuple[int, int]]]:
    """Regions that touch over sides or corners."""
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    found = []
    while left:
        region, edge = set(), [left.pop()]
        while edge:
            y, x = edge.pop()
            region.add((y, x))
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            edge.extend(near)
        found.append(region)
    return found


def random_case(seed: int) -> Case:
    """Small pictures of several sizes, some without an anomaly, with many ties or none."""
    rng = np.random.default_rng(seed)
    shapes = [(int(h), int(w)) for h, w in rng.integers(1, 9, size=(4, 2))] + [(1, 2)]
    masks = [rng.random(shape) < rng.choice([0.0, 0.2, 0.6]) for shape in shapes[:-1]]
    decimals, dtype = int(rng.choice([0, 1, 8])), (np.float32, np.float64)[seed % 2]
    maps = [rng.normal(size=shape).round(decimals).astype(dtype) for shape in shapes]
    return [*masks, np.array([[True, False]])], maps


def one(mask: list[list[int]], scores: list[list[float]]) -> Case:
    return [np.array(mask, dtype=bool)], [np.array(scores)]


ADVERSARIAL: dict[str, Case] = {
    "a constant map": one([[1, 0, 0]], [[2.0, 2.0, 2.0]]),
    "one pixel of each kind": one([[1, 0]], [[0.0, 1.0]]),
    "all scores of a region tie with a normal pixel": one([[1, 1, 0, 0]], [[3, 3, 3, 1]]),
    "the limit falls inside a tie": one([[1, 0, 0, 0]], [[1.0, 1.0, 1.0, 0.0]]),
    "infinite scores": one([[1, 1, 0, 0]], [[np.inf, -np.inf, np.inf, -np.inf]]),
    "both zeros": one([[1, 1, 0, 0]], [[0.0, -0.0, 0.0, -0.0]]),
    "float32 with both zeros": (
        [np.array([[1, 1, 0, 0]], dtype=bool)],
        [np.array([[0.0, -0.0, 0.0, -1.0]], dtype=np.float32)],
    ),
    "an empty mask beside a full one": (
        [np.zeros((2, 2), dtype=bool), np.ones((1, 3), dtype=bool)],
        [np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.0, 2.5, 9.0]])],
    ),
    "scores that float32 would merge": one([[1, 0]], [[1.0 + 1e-12, 1.0]]),
    "large and small regions": one(
        [[1, 1, 1, 1, 0, 1], [1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0]],
        [[5, 5, 5, 5, 4, 1], [5, 5, 5, 5, 0, 0], [2, 2, 3, 0, 0, 0]],
    ),
}


@pytest.mark.parametrize("fpr_limit", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("case", ADVERSARIAL.values(), ids=ADVERSARIAL.keys())
def test_aupro_is_the_brute_force_one_on_adversarial_maps(case: Case, fpr_limit: float) -> None:
    assert aupro(*case, fpr_limit=fpr_limit) == pytest.approx(brute_force_aupro(*case, fpr_limit))


@pytest.mark.parametrize("seed", range(40))
def test_aupro_is_the_brute_force_one_on_random_maps(seed: int) -> None:
    masks, maps = random_case(seed)
    for fpr_limit in (0.1, 0.3, 1.0):
        expected = brute_force_aupro(masks, maps, fpr_limit)
        assert aupro(masks, maps, fpr_limit) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(20))
def test_pixel_metrics_are_scikit_learns_on_the_flattened_pixels(seed: int) -> None:
    masks, maps = random_case(seed)
    labels = np.concatenate([m.ravel() for m in masks])
    scores = np.concatenate([m.ravel() for m in maps])
    precision, recall, _ = precision_recall_curve(labels, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    assert pixel_auroc(masks, maps) == pytest.approx(roc_auc_score(labels, scores))
    assert pixel_ap(masks, maps) == pytest.approx(average_precision_score(labels, scores))
    assert pixel_f1_max(masks, maps) == pytest.approx(f1.max())


def test_two_diagonal_pixels_are_one_region() -> None:
    # One region of two: half of it is found before the first false pixel.
    diagonal = one([[1, 0], [0, 1]], [[3.0, 2.0], [0.0, 1.0]])
    apart = one([[1, 0, 0], [0, 0, 1]], [[3.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
    assert pixel_scores(*diagonal).n_regions == 1
    assert pixel_scores(*apart).n_regions == 2


def test_every_region_weighs_alike_whatever_its_size() -> None:
    # A region of one pixel is found at once, one of three never: mean overlap 1/2 throughout.
    case = one([[1, 0, 1, 1, 1, 0]], [[9.0, 5.0, 0.0, 0.0, 0.0, 4.0]])
    assert aupro(*case, fpr_limit=0.5) == 0.5


def test_a_perfect_map_has_every_metric_at_one() -> None:
    scores = pixel_scores(*one([[1, 1, 0]], [[2.0, 3.0, 1.0]]))
    assert scores[:5] == (1.0, 1.0, 1.0, 2.0, 1.0)
    assert scores[5:] == (2, 1, 1)


def test_the_order_of_the_maps_does_not_matter() -> None:
    masks, maps = random_case(3)
    assert pixel_scores(masks, maps) == pytest.approx(pixel_scores(masks[::-1], maps[::-1]))


@pytest.mark.parametrize("max_in_memory", [1, 3, 10, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pixels_on_disk_give_the_same_and_leave_nothing(
    tmp_path: Path, max_in_memory: int, dtype: type
) -> None:
    masks, maps = random_case(5)
    maps = [m.astype(dtype) for m in maps]
    with ExactPixels(max_in_memory=max_in_memory, spill_dir=tmp_path) as pixels:
        for mask, scores in zip(masks, maps, strict=True):
            pixels.add(mask, scores)
        spilled = list(tmp_path.iterdir())
        tally = pixels.tally()
    with ExactPixels() as whole:
        for mask, scores in zip(masks, maps, strict=True):
            whole.add(mask, scores)
        expected = whole.tally()
    for column, wanted in zip(tally, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(column), np.asarray(wanted))
    assert (len(spilled), list(tmp_path.iterdir())) == (int(max_in_memory < 1000), [])


def test_a_normal_map_is_not_kept_alive_by_its_empty_part() -> None:
    scores = np.zeros((3, 3), dtype=np.float32)
    assert split_map(np.zeros((3, 3)), scores).anomalous.base is None


def test_a_stream_is_read_once_and_gives_the_same() -> None:
    masks, maps = random_case(8)
    maps = [m.astype(np.float32) for m in maps]
    streamed = stream_pixel_scores(iter(zip(masks, maps, strict=True)), max_in_memory=7)
    assert streamed == pixel_scores(masks, maps)


@pytest.mark.parametrize("decimals", [0, 2, 8])
def test_normal_pixels_beyond_the_limit_do_not_change_aupro(decimals: int) -> None:
    # Large enough that the lowest scores are cut off before sorting, also where most are tied.
    rng = np.random.default_rng(decimals)
    mask = np.zeros((1100, 1100), dtype=bool)
    mask[100:200, 100:300] = mask[500:520, 700:900] = True
    scores = (rng.normal(size=mask.shape) + mask).round(decimals).astype(np.float32)
    for fpr_limit in (0.05, 0.3, 0.9):
        with ExactPixels() as pixels:
            pixels.add(mask, scores)
            whole = aupro_of(pixels.tally(), fpr_limit=fpr_limit)
        assert aupro([mask], [scores], fpr_limit) == pytest.approx(whole, rel=1e-12)


def test_a_cut_keeps_at_least_the_share_and_nothing_lower() -> None:
    scores = np.random.default_rng(0).normal(size=2**20).astype(np.float32)
    top = highest(scores, share=0.3)
    assert 0.3 <= top.size / scores.size < 0.35
    assert np.array_equal(np.sort(top), np.sort(scores)[-top.size :])
    assert highest(scores, share=0.9) is scores
    assert highest(scores[:100], share=0.3).size == 100


@pytest.mark.parametrize("convert", [np.uint8, lambda mask: mask * 255, np.float32])
def test_masks_may_be_of_any_whole_numbers(convert: Callable[[Any], Any]) -> None:
    masks, maps = one([[1, 0, 0]], [[2.0, 1.0, 3.0]])
    assert pixel_auroc([convert(masks[0])], maps) == pixel_auroc(masks, maps) == 0.5


@pytest.mark.parametrize(
    ("masks", "maps", "message"),
    [
        ([], [], "at least one, got 0 masks"),
        ([np.ones((1, 2))], [], "got 1 masks and 0 maps"),
        ([np.ones((1, 2))], [np.ones((2, 1))], r"got map \(2, 1\) and mask \(1, 2\)"),
        ([np.ones(2)], [np.ones(2)], r"a mask must have shape \(H, W\), got \(2,\)"),
        ([np.ones((1, 2))], [np.ones((1, 2, 1))], r"an anomaly map must have shape \(H, W\)"),
        ([np.array([[0.5, 1.0]])], [np.ones((1, 2))], "binarise it"),
        ([np.ones((1, 2))], [np.array([[0.0, np.nan]])], "NaN at row 0, column 1"),
        ([np.zeros((1, 2))], [np.ones((1, 2))], "got 0 anomalous and 2 normal"),
        ([np.ones((1, 2))], [np.ones((1, 2))], "got 2 anomalous and 0 normal"),
        (
            [np.array([[1, 0]]), np.array([[1, 0]])],
            [np.ones((1, 2)), np.ones((1, 2), dtype=np.float32)],
            "one precision, got float64 and float32",
        ),
    ],
)
def test_maps_without_an_answer_are_refused(masks: Any, maps: Any, message: str) -> None:
    for metric in (pixel_auroc, pixel_ap, pixel_f1_max, aupro):
        with pytest.raises(ValueError, match=message):
            metric(masks, maps)


@pytest.mark.parametrize("fpr_limit", [0.0, -0.1, 1.5])
def test_a_limit_that_is_no_rate_is_refused(fpr_limit: float) -> None:
    with pytest.raises(ValueError, match="fpr_limit must be in"):
        aupro(*one([[1, 0]], [[1.0, 0.0]]), fpr_limit=fpr_limit)


def test_an_accumulator_without_maps_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one map"):
        ExactPixels().tally()
