from __future__ import annotations

import numpy as np
import pytest

from evals.clouds.inspected import METHOD, _outcome
from evals.clouds.outcomes import Outcome
from evals.clouds.planted import Case
from evals.tables.command_line import CommandError
from graphs.records import Inspection, Recall, Usage, Verdict
from tools.records import Asset, PointExtent, Region

CASE = Case(np.zeros((6, 3)), np.array([0, 1, 1, 1, 0, 0], dtype=np.bool_), "hole", 0.05)


def inspection(score: float | None, *points: list[int]) -> Inspection:
    regions = [
        Region(
            id=number,
            view="V1",
            box_xyxy=[0.0, 0.0, 1.0, 1.0],
            source=PointExtent(
                point_indices=indices, centre_xyz=[0.0] * 3, extent_xyz=[0.0] * 3, diameter=0.0
            ),
        )
        for number, indices in enumerate(points, start=1)
    ]
    verdict = Verdict(
        decision=None if score is None else "anomalous",
        score=score,
        reason="the registration failed",
        status="failed" if score is None else "decided",
        regions=regions,
    )
    return Inspection(
        id="a",
        asset=Asset(path="a.ply", sha256="0" * 64, modality="point_cloud", size=[6, 0]),
        product="p",
        recall=Recall(product="p", given=True, references=[]),
        mind="embedded",
        strategy="rounds",
        views=[],
        verdict=verdict,
        evidence=[],
        rounds=[],
        usage=Usage(),
        trace=[],
        created="2026-01-01T00:00:00+00:00",
    )


def test_called_are_the_points_of_all_regions() -> None:
    found = _outcome(inspection(0.8, [2, 3], [3, 4]), CASE)

    # Called 2, 3, 4; labelled 1, 2, 3.
    assert found == Outcome(METHOD, "hole", 0.05, 0.8, 2 / 4)


def test_a_cloud_that_was_not_decided_is_no_outcome() -> None:
    with pytest.raises(
        CommandError, match=r"hole of 0\.05 was not decided: the registration failed"
    ):
        _outcome(inspection(None), CASE)
