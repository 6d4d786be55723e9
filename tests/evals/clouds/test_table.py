from __future__ import annotations

from pathlib import Path

import pytest

from evals.clouds.table import CloudRun, Outcome, _measures, _ranked


def test_scores_are_compared_in_units_of_each_scans_own_normals() -> None:
    one = [Outcome("geometry", 0.0, 2.0, 0.0), Outcome("geometry", 0.05, 6.0, 0.5)]
    other = [Outcome("geometry", 0.0, 10.0, 0.0), Outcome("geometry", 0.05, 20.0, 0.7)]

    assert _ranked([one, other], "geometry", 0.05) == ([0, 1, 0, 1], [1, 3, 1, 2], [0.5, 0.7])


def test_each_size_has_its_auroc_and_its_iou() -> None:
    outcomes = [
        [Outcome("geometry", size, 1.0 + size, size) for size in (0.0, 0.0, 0.10, 0.05, 0.02, 0.01)]
    ]
    run = CloudRun(Path(), Path(), ("any",), 2, 0)

    found = _measures(outcomes, "geometry", run)

    assert [one.metric for one in found[:2]] == ["cloud AUROC", "point IoU"]
    assert [one.value for one in found] == pytest.approx([1, 0.10, 1, 0.05, 1, 0.02, 1, 0.01])
    assert {one.n for one in found} == {3, 1}
