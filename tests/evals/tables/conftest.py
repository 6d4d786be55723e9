"""A hand-made inspection that the tests of the tables change as they need."""

from __future__ import annotations

import pytest

from graphs.records import Cause, Finding, Inspection, Recall, Usage, Verdict
from tools.records import Asset, ImageExtent, Region


def _region(number: int, box: list[float]) -> Region:
    return Region(id=number, view="V1", box_xyxy=box, source=ImageExtent(box_xyxy=box))


@pytest.fixture
def inspection() -> Inspection:
    """Two findings on two of three regions, and three causes."""
    verdict = Verdict(
        decision="anomalous",
        raw_score=2.5,
        score=0.9,
        reason="two findings",
        status="decided",
        fusion={"patch_memory": 1.5},
        regions=[_region(1, [0, 0, 5, 5]), _region(2, [10, 10, 15, 15]), _region(3, [1, 1, 2, 2])],
        findings=[
            Finding(id="F1", claim="a", evidence_ids=["E1"], failure_mode="open", region=1),
            Finding(id="F2", claim="b", evidence_ids=["E2"], region=2),
            Finding(id="F3", claim="c", evidence_ids=["E3"], failure_mode="spur", region=1),
        ],
        causes=[
            Cause(text="x", likelihood=0.2, evidence_ids=["E1"], source="short: a short (f.csv:3)"),
            Cause(text="y", likelihood=0.7, evidence_ids=["E3"], source="spur: a spur (f.csv:4)"),
            Cause(text="z", likelihood=0.6, evidence_ids=["E1", "E3"], source="open: an open"),
        ],
    )
    return Inspection(
        id="i1",
        asset=Asset(path="part.png", sha256="0" * 64, modality="image", size=[20, 20]),
        product="p",
        recall=Recall(product="p", given=True, references=["07_x.png", "01_y.png"]),
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
