from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evals.clouds.round_trip import Trips, round_trips


def test_pixels_of_a_plate_lead_back_to_themselves(tmp_path: Path) -> None:
    """A grid of 30 x 30 points: 320 px show 2.12 times its radius of 20.5, so 7.4 px a step."""
    x, y = np.meshgrid(np.arange(30.0), np.arange(30.0))
    np.savetxt(tmp_path / "plate.xyz", np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], axis=1))

    trips = round_trips("plate", tmp_path / "plate.xyz", n=20, seed=0)

    assert len(trips.held) == 9 * 20
    assert trips.held.max() <= 0.5 + 1e-3
    # A square's half side is 1.3 steps, 10 px; its corner is farther by the root of 2.
    assert trips.closing.max() <= 10 * np.sqrt(2) + 0.5


def test_the_table_tells_the_share_within_a_pixel() -> None:
    trips = Trips("plate", np.array([0.2, 0.5]), np.array([0.5, 1.0, 2.0, 3.0]))
    mesh = Trips("mesh", np.array([0.0]), np.zeros(0))

    assert Trips.table([trips, mesh])[2:] == [
        "| plate | 2 | 1.000 | 0.50 | 4 | 0.500 | 3.00 |",
        "| mesh | 1 | 1.000 | 0.00 | 0 | - | - |",
    ]


@pytest.mark.parametrize("file", ["bun_zipper_res3.ply", "milk.pcd"])
def test_pixels_of_scans_lead_back_within_one_pixel(shared_data: Path, file: str) -> None:
    trips = round_trips(file, shared_data / "pointclouds" / file, n=5, seed=0)

    assert trips.held.max() <= 1
