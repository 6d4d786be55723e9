from __future__ import annotations

from graphs.inspection.nodes.ask import reviewed
from graphs.records import Finding, Verdict
from tools.records import ImageExtent, Region


def test_a_person_who_says_normal_leaves_no_claim_and_no_region() -> None:
    region = Region(
        id=1, view="V1", box_xyxy=[0, 0, 9, 9], source=ImageExtent(box_xyxy=[0, 0, 9, 9])
    )
    judged = Verdict(
        decision="review",
        reason="Unclear.",
        status="decided",
        findings=[Finding(id="F1", claim="A spot.", evidence_ids=["E1"], region=1)],
        regions=[region],
    )

    verdict = reviewed(judged, "normal")

    assert (verdict.findings, verdict.regions) == ([], [])
    assert [(one.claim, one.reason, one.evidence_ids) for one in verdict.refuted] == [
        ("A spot.", "a person reviewed it and decided normal", ["E1"])
    ]
    assert reviewed(judged, "anomalous").findings == judged.findings
    assert reviewed(judged, "review").reason == "Unclear. Human review left it undecided."
