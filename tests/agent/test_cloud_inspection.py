"""A scan through the Inspector: a bump is found where it is, in the scan's own coordinates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agent.inspector import Inspector
from agent.settings import Settings
from tools.records import PointExtent

BUMP_XYZ = np.array([20.0, 10.0, 8.0])
"""On the upper face of the low step."""


def steps(seed: int, *, bump: bool = False) -> NDArray[np.float64]:
    """5000 points on the faces of two steps, 60 x 30 mm, 8 and 20 mm high, seen from all sides."""
    rng = np.random.default_rng(seed)
    n = 5000
    u, v, w = rng.random((3, n))
    faces = [
        np.stack([40 * u, 30 * v, np.full(n, 8.0)], axis=1),
        np.stack([40 + 20 * u, 30 * v, np.full(n, 20.0)], axis=1),
        np.stack([np.full(n, 40.0), 30 * v, 8 + 12 * w], axis=1),
        np.stack([np.full(n, 60.0), 30 * v, 20 * w], axis=1),
        np.stack([np.zeros(n), 30 * v, 8 * w], axis=1),
        np.stack([60 * u, 30 * v, np.zeros(n)], axis=1),
    ]
    areas = np.array([1200, 600, 360, 600, 240, 1800])
    chosen = rng.choice(len(faces), size=n, p=areas / areas.sum())
    points = np.stack(faces)[chosen, np.arange(n)] + rng.normal(0, 0.05, (n, 3))
    if bump:
        away = np.linalg.norm(points[:, :2] - BUMP_XYZ[:2], axis=1)
        on_top = np.abs(points[:, 2] - 8) < 1
        points[:, 2] += np.where(on_top, 5 * np.exp(-((away / 4) ** 2)), 0)
    return points


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("steps")
    product = root / "steps"
    (product / "references").mkdir(parents=True)
    for seed in (0, 1):
        np.savetxt(product / "references" / f"golden_{seed}.xyz", steps(seed))
    (product / "product.yaml").write_text("name: steps\ndescriptor: A block with two steps.\n")
    with Inspector(Settings(home=root / "home")) as inspector:
        inspector.add_product(product)
    return root / "home"


def test_a_bump_is_found_at_its_place_though_the_scan_is_turned(home: Path, tmp_path: Path) -> None:
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    path = tmp_path / "part.xyz"
    np.savetxt(path, steps(5, bump=True) @ turn.T)

    with Inspector(Settings(home=home)) as inspector:
        found = inspector.inspect(path, "steps")
        page = inspector.run.root / "inspections" / found.id / "report.html"

    assert found.verdict.decision == "anomalous"
    assert len([view for view in found.views if view.parent is None]) == 9
    worst = max(found.verdict.regions, key=lambda region: region.score or 0.0)
    assert isinstance(worst.source, PointExtent)
    # The scan is turned by 90 degrees: (x, y, z) lies at (-y, x, z).
    away = np.linalg.norm(np.array(worst.source.centre_xyz[:2]) - [-10.0, 20.0])
    assert away < 3
    assert "cloud.html" in page.read_text("utf-8")
    assert page.with_name("cloud.html").is_file()


def test_the_27_views_of_cpmf_are_shown_where_they_are_asked_for(
    home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "part.xyz"
    np.savetxt(path, steps(7))

    with Inspector(Settings(home=home, cameras=("cpmf",), strategy="expert")) as inspector:
        found = inspector.inspect(path, "steps")

    assert len(found.views) == 27
    assert found.views[1].picture == "turn+00+00-15"
