"""The papers' variants of metrics by hand counts, and where they part from ours."""

import numpy as np
import numpy.typing as npt
import pytest

from evals.metrics import aupro
from evals.metrics.variants import (
    VARIANTS,
    anomaly_ov,
    anomaly_ov_says_yes,
    aupro_200_thresholds,
    customizable_vlm,
)


def test_auroc_of_hard_labels_is_balanced_accuracy_of_the_normal_class() -> None:
    # Normal: 2 of 2 called normal. Anomalous: 1 of 2 called anomalous.
    scores = customizable_vlm([0, 0, 1, 1], [0, 0, 1, 0])
    assert scores.accuracy == 3 / 4
    assert scores.auroc == (1 + 1 / 2) / 2
    # Precision 2/3 at recall 1, then nothing more to find.
    assert scores.average_precision == pytest.approx(2 / 3)


def test_anomaly_ov_means_the_f1_of_products_not_the_f1_of_means() -> None:
    scores = anomaly_ov({"a": ([1, 1, 0], [1, 0, 0]), "b": ([1, 0, 0], [1, 1, 1])})
    # a: precision 1, recall 1/2, F1 2/3. b: precision 1/3, recall 1, F1 1/2.
    assert scores.precision == pytest.approx(2 / 3)
    assert scores.recall == 3 / 4
    assert scores.f1 == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert scores.accuracy == pytest.approx((2 / 3 + 1 / 3) / 2)
    with pytest.raises(ValueError, match="at least one product"):
        anomaly_ov({})


def test_anomaly_ov_reads_yes_anywhere() -> None:
    assert [anomaly_ov_says_yes(t) for t in ("Yes, a dent.", "eyes", "YES", "No.")] == [1, 1, 0, 0]


def _published_way(
    mask: npt.NDArray[np.int64], scores: npt.NDArray[np.float64], limit: float
) -> float:
    """The definition in words, for one map with one region, threshold by threshold."""
    points = []
    for threshold in np.arange(scores.min(), scores.max(), np.ptp(scores) / 200):
        flagged = scores > threshold
        fpr = flagged[mask == 0].mean()
        if fpr < limit:
            points.append((fpr, flagged[mask == 1].mean()))
    x, y = np.array(points[::-1]).T
    return float(np.trapezoid(y, (x - x.min()) / (x.max() - x.min())))


@pytest.mark.parametrize("seed", range(5))
def test_two_hundred_thresholds_follow_the_published_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.zeros((12, 12), dtype=np.int64)
    mask[3:6, 4:9] = 1
    scores = rng.normal(size=mask.shape) + mask
    ours = aupro_200_thresholds([mask], [scores])
    assert ours == pytest.approx(_published_way(mask, scores, 0.3))


def test_the_variant_and_the_exact_one_differ_on_coarse_maps() -> None:
    rng = np.random.default_rng(0)
    mask = np.zeros((20, 20), dtype=bool)
    mask[5:9, 5:9] = True
    scores = (rng.normal(size=mask.shape) + mask).round(0)
    exact, variant = aupro([mask], [scores]), aupro_200_thresholds([mask], [scores])
    assert abs(exact - variant) > 0.05


@pytest.mark.parametrize(
    ("mask", "scores", "message"),
    [
        ([[1, 0]], [[1.0, 1.0]], "needs scores that differ"),
        ([[1, 0]], [[1.0, 2.0]], "this variant is undefined here"),
        ([[0, 0]], [[1.0, 2.0]], "0 regions and 2 normal pixels"),
    ],
)
def test_maps_without_a_variant_are_refused(
    mask: list[list[int]], scores: list[list[float]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        aupro_200_thresholds([np.array(mask)], [np.array(scores)])
    with pytest.raises(ValueError, match="got 0 masks"):
        aupro_200_thresholds([], [])


def test_variants_are_listed_by_paper() -> None:
    assert [name.split(",")[0] for name in VARIANTS] == [
        "Customizable-VLM",
        "Customizable-VLM",
        "Anomaly-OV",
        "GPT-4V-AD",
    ]
