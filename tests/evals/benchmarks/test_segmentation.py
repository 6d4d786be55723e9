from __future__ import annotations

import numpy as np
import pytest

from evals.benchmarks.segmentation import Seconds, measured
from tools.regions.sam import EverythingSettings


def test_an_absent_device_leaves_its_row_empty() -> None:
    assert Seconds("GPU").line() == "| GPU |  |  |  |  |  |  |"


def test_a_row_reckons_the_published_points_from_the_time_of_one() -> None:
    # 16 s for the picture and 1024 points of 10 s / 64.
    row = Seconds("CPU, transformers", 16.0, 0.2, 64, 10.0, 47)

    assert row.line() == "| CPU, transformers | 16 | 0.2 | 64 | 10 | 47 | 176 |"


def test_a_tiny_sam_is_measured_on_the_cpu() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)

    row = measured(None, "tiny", "cpu", picture, settings=EverythingSettings(points_per_side=3))

    assert row.n_points == 9
    assert row.first_s is not None
    assert row.everything_s is not None
    assert row.published_s == pytest.approx(row.first_s + 1024 * row.everything_s / 9)
