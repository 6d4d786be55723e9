from __future__ import annotations

from pathlib import Path

import pytest

from evals.clouds.inspected import METHOD
from evals.clouds.outcomes import BOTH, Outcome
from evals.clouds.table import CloudRun, _measures, _ranked


def geometry(size: float, raw_score: float, iou: float) -> Outcome:
    return Outcome("geometry", "hole" if size else "normal", size, raw_score, iou)


def test_scores_are_compared_in_units_of_each_scans_own_normals() -> None:
    one = [
        Outcome("geometry", "normal", 0.0, 2.0, 0.0),
        Outcome("geometry", "hole", 0.05, 6.0, 0.5),
    ]
    other = [
        Outcome("geometry", "normal", 0.0, 10.0, 0.0),
        Outcome("geometry", "hole", 0.05, 20.0, 0.7),
    ]

    assert _ranked([one, other], "geometry", 0.05) == ([0, 1, 0, 1], [1, 3, 1, 2], [0.5, 0.7])


def test_each_size_has_its_auroc_and_its_iou() -> None:
    outcomes = [
        [
            Outcome("geometry", "hole", size, 1.0 + size, size)
            for size in (0.0, 0.0, 0.10, 0.05, 0.02, 0.01)
        ]
    ]
    run = CloudRun(Path(), Path(), ("any",), 2, 0)

    found = _measures(outcomes, "geometry", run)

    assert [one.metric for one in found[:2]] == ["cloud AUROC", "point IoU"]
    assert [one.value for one in found] == pytest.approx([1, 0.10, 1, 0.05, 1, 0.02, 1, 0.01])
    assert {one.n for one in found} == {3, 1}


@pytest.mark.parametrize("method", [METHOD, BOTH])
def test_verdicts_scores_and_fused_ranks_have_no_unit(method: str) -> None:
    cases = [Outcome(method, "normal", 0.0, 0.2, 0.0), Outcome(method, "hole", 0.05, 0.9, 0.5)]

    assert _ranked([cases], method, 0.05) == ([0, 1], [0.2, 0.9], [0.5])


def test_the_command_repeats_the_run() -> None:
    run = CloudRun(Path(), Path(), ("milk carton",), 3, 1, inspect=True, ablate=True, views=True)

    assert run.command == (
        "loupe eval clouds --normal 3 --seed 1 --inspect --ablate --views --scan 'milk carton'"
    )
