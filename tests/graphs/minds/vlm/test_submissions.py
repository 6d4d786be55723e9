from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from graphs.minds.contract import ClaimedBox, Scene
from graphs.minds.vlm.asking import Unusable
from graphs.minds.vlm.submissions import Answered, answered, read_submission
from graphs.records import Candidate

Make = Callable[..., Scene]


def submitted(scene: Scene, *findings: dict[str, Any], **fields: Any) -> Answered:
    given = {"anomalous": True, "score": 0.9, "findings": list(findings), **fields}
    return answered(read_submission(given, scene, last=False), scene)


def test_a_finding_on_a_numbered_region_becomes_a_candidate(zoomed: Make) -> None:
    finding = {"claim": "A bright\nspot.", "region": 1, "rule_ids": ["R1"], "evidence_ids": ["E3"]}

    found = submitted(zoomed(), finding)

    assert found.candidates == [
        Candidate(
            claim="A bright spot.",
            region=1,
            evidence_ids=["E3"],
            rule_ids=["R1"],
            suspicion=0.9,
        )
    ]
    assert found.boxes == []


def test_a_box_in_a_view_is_claimed_in_pixels_of_the_original(zoomed: Make) -> None:
    # V2 shows [10, 10, 60, 60] at factor 4: (40, 80) of it is (10 + 10, 10 + 20).
    finding = {"claim": "A spot.", "view": "V2", "box_xyxy": [40, 80, 80, 120], "score": 0.7}

    found = submitted(zoomed(), finding)

    assert found.boxes == [ClaimedBox(0, "V2", (20.0, 30.0, 30.0, 40.0))]
    assert found.candidates[0].suspicion == 0.7
    assert found.candidates[0].evidence_ids == ["E3"]


def test_a_box_without_a_view_is_claimed_in_the_nearest_view_that_shows_it(zoomed: Make) -> None:
    finding = {"claim": "A spot.", "box_xyxy": [20, 20, 30, 30]}

    assert submitted(zoomed(), finding).boxes == [ClaimedBox(0, "V2", (20.0, 20.0, 30.0, 30.0))]


def test_a_claim_that_cites_nothing_falls_back_on_the_survey_of_its_place(scene: Make) -> None:
    found = submitted(scene(), {"claim": "A spot.", "region": 1}, {"claim": "It is bent."})

    assert [one.evidence_ids for one in found.candidates] == [["E1", "E2"], ["E1", "E2"]]


def test_evidence_that_speaks_against_a_claim_is_not_linked_to_it(scene: Make) -> None:
    calm = scene()
    first = calm.evidence[0].model_copy(update={"values": {"raw_score": 1.0, "normal_level": 2.0}})
    calm = replace(calm, evidence=[first, calm.evidence[1]])

    found = submitted(calm, {"claim": "A spot.", "region": 1})

    assert found.candidates[0].evidence_ids == ["E2"]


def test_rated_regions_that_no_finding_names_are_candidates_too(scene: Make) -> None:
    found = submitted(
        scene(), {"claim": "Bent."}, region_scores="image anomaly score: 0.9; region 1: 0.8."
    )

    assert found.region_scores == {1: 0.8}
    assert [(one.region, one.suspicion) for one in found.candidates] == [(None, 0.9), (1, 0.8)]


@pytest.mark.parametrize(
    ("finding", "kind", "words"),
    [
        ({"region": 7}, "unknown_region", "region 7 does not exist; the regions are 1"),
        ({"view": "V9", "box_xyxy": [0, 0, 5, 5]}, "unknown_region", "the views are: V1, V2"),
        ({"view": "V2", "box_xyxy": [300, 0, 400, 9]}, "unknown_region", "no area inside V2"),
        ({"box_xyxy": [0.1, 0.2, 0.5, 0.6]}, "unknown_region", "not shares of its size"),
        ({"rule_ids": ["R9"]}, "unreadable", "rule 'R9' does not exist; there are: R1, R2"),
        ({"evidence_ids": ["E9"]}, "unreadable", "evidence 'E9' does not exist; there are: E1"),
        ({"region": "the scratch"}, "unreadable", "findings.0.region"),
    ],
)
def test_what_does_not_exist_is_told(
    zoomed: Make, finding: dict[str, Any], kind: str, words: str
) -> None:
    with pytest.raises(Unusable, match=words) as told:
        submitted(zoomed(), {"claim": "A spot.", **finding})

    assert told.value.kind == kind


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"anomalous": True, "score": 0.9}, "findings is empty"),
        ({"anomalous": True, "score": 0.1, "findings": [{"claim": "a"}]}, "anomalous is true but"),
        ({"anomalous": False, "score": 0.9}, "anomalous is false but score is 0.9"),
        ({"anomalous": False, "score": 0.1, "findings": [{"claim": "a"}]}, "drop them"),
        ({"score": 0.1}, "anomalous: Field required"),
    ],
)
def test_an_answer_that_contradicts_itself_is_told(
    scene: Make, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(Unusable, match=words):
        read_submission(fields, scene(), last=True)


def test_where_no_attempt_is_left_unknown_rules_and_evidence_are_dropped(scene: Make) -> None:
    finding = {"claim": "a", "rule_ids": ["R1", "R9"], "evidence_ids": ["E9"]}
    given = {"anomalous": True, "score": 0.9, "findings": [finding]}

    read = read_submission(given, scene(), last=True)

    assert (read.findings[0].rule_ids, read.findings[0].evidence_ids) == (["R1"], [])


def test_what_cannot_be_answered_needs_no_findings(scene: Make) -> None:
    given = {"anomalous": True, "score": 0.5, "unanswerable": "It is out of focus."}

    assert read_submission(given, scene(), last=False).unanswerable == "It is out of focus."


def test_a_claim_without_a_place_rests_on_what_was_seen_last(zoomed: Make) -> None:
    seen = zoomed()
    later = seen.evidence[-1].model_copy(update={"id": "E4"})
    second = seen.rounds[0].model_copy(update={"number": 2, "evidence_ids": ["E4"]})
    scene = replace(seen, evidence=[*seen.evidence, later], rounds=[*seen.rounds, second])

    assert submitted(scene, {"claim": "It is bent."}).candidates[0].evidence_ids == ["E4"]
