from __future__ import annotations

from typing import Any

from agent.replay.comparison import NOT_THERE, compare
from graphs.records import Inspection


def changed(inspection: Inspection, **parts: Any) -> Inspection:
    document = inspection.model_dump(mode="json")
    return Inspection.model_validate({**document, **parts})


def with_verdict(inspection: Inspection, **fields: Any) -> Inspection:
    return changed(inspection, verdict={**inspection.verdict.model_dump(mode="json"), **fields})


def told(before: Inspection, after: Inspection) -> list[tuple[str, Any, Any]]:
    return [(one.what, one.before, one.after) for one in compare(before, after)]


def test_an_inspection_is_the_same_as_itself(inspection: Inspection) -> None:
    assert compare(inspection, inspection) == []


def test_times_costs_and_versions_are_no_difference(inspection: Inspection) -> None:
    later = changed(
        inspection,
        created="2027-01-01T00:00:00+00:00",
        usage={"seconds": 9.0, "vlm_calls": 3},
        versions={"loupe": "9"},
        trace=[{"node": "load", "seconds": 1.0}],
    )
    assert compare(inspection, later) == []


def test_a_changed_threshold_and_what_it_decides_are_told(inspection: Inspection) -> None:
    after = with_verdict(
        inspection,
        decision="review",
        thresholds={"low": 0.4, "high": 0.95, "basis": "default"},
    )
    assert told(inspection, after) == [
        ("verdict.decision", "anomalous", "review"),
        ("verdict.thresholds.high", 0.75, 0.95),
    ]


def test_a_lost_finding_and_a_changed_score_are_told(inspection: Inspection) -> None:
    after = with_verdict(inspection, score=0.5, fusion={"direct": 0.5}, findings=[])
    finding = inspection.verdict.findings[0].model_dump(mode="json")
    assert told(inspection, after) == [
        ("verdict.score", 0.9, 0.5),
        ("verdict.fusion.direct", 0.9, 0.5),
        ("verdict.findings[1]", finding, NOT_THERE),
    ]


def test_evidence_is_told_by_tool_and_value(inspection: Inspection) -> None:
    documents = [one.model_dump(mode="json") for one in inspection.evidence]
    documents[1]["values"] = {"length_mm": 2.5, "within": False}
    zoomed = {"id": "E3", "tool": "zoom", "text": "V2"}
    after = changed(inspection, evidence=[*documents, zoomed])
    whats = [(what, before) for what, before, _ in told(inspection, after)]
    assert whats == [
        ("evidence.measure.E2.values.length_mm", 1.5),
        ("evidence.zoom.E3", NOT_THERE),
    ]


def test_a_sum_in_another_order_is_the_same(inspection: Inspection) -> None:
    assert compare(inspection, with_verdict(inspection, score=0.9 * (1 + 1e-9))) == []


def test_one_is_not_true(inspection: Inspection) -> None:
    documents = [one.model_dump(mode="json") for one in inspection.evidence]
    documents[1]["values"]["within"] = 0
    after = changed(inspection, evidence=documents)
    assert told(inspection, after) == [("evidence.measure.E2.values.within", False, 0)]


def test_a_round_that_thought_otherwise_is_told(inspection: Inspection) -> None:
    after = changed(inspection, rounds=[{"number": 1, "thought": "a crack", "submitted": True}])
    assert told(inspection, after) == [("rounds[1].thought", "a line", "a crack")]


def test_a_box_and_a_mask_are_told_whole(inspection: Inspection) -> None:
    region = {
        "id": 1,
        "view": "V1",
        "box_xyxy": [0.0, 0.0, 2.0, 2.0],
        "mask": {"size": [2, 2], "counts": "04"},
        "source": {"modality": "image", "box_xyxy": [0.0, 0.0, 2.0, 2.0]},
    }
    moved = {**region, "box_xyxy": [1.0, 0.0, 3.0, 2.0], "mask": {"size": [2, 2], "counts": "13"}}
    before = with_verdict(inspection, regions=[region])
    whats = [what for what, _, _ in told(before, with_verdict(inspection, regions=[moved]))]
    assert whats == ["verdict.regions[1].box_xyxy", "verdict.regions[1].mask"]
