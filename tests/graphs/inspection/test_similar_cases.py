from __future__ import annotations

import pytest

from graphs.causes import Explanation
from graphs.inspection.similar_cases import about, with_cases
from graphs.records import Cause, Finding
from knowledge.records import FailureMode
from tools.ports import CaseFinding, SimilarCase
from tools.records import Evidence

SCORE = Evidence(id="E1", tool="score", view="V1")
FINDING = Finding(id="F1", claim="a bright spot", evidence_ids=["E1"], failure_mode="FM1")
OF_MODE = Cause(text="coolant splashed", likelihood=0.2, evidence_ids=["E1"], source="FM1")
MODE = FailureMode(
    id="FM1", mode="bright spot", appearance="white", severity=1, occurrence=1, detection=1
)


def a_case(
    case_id: str = "plate:1",
    *,
    causes: tuple[str, ...] = ("nozzle bent",),
    correction: str = "",
    by_person: bool = True,
    similarity: float = 0.9,
) -> SimilarCase:
    return SimilarCase(
        id=case_id,
        decision="anomalous",
        by_person=by_person,
        text="anomalous: a bright spot",
        correction=correction,
        source=f"case {case_id} of 2026-01-01",
        similarity=similarity,
        findings=(CaseFinding(("failure mode FM1, bright spot",), causes),),
    )


def test_a_finding_is_about_its_failure_mode_and_its_failed_check() -> None:
    missing = Evidence(
        id="E2", tool="measure", values={"check": "missing", "part": "screw"}, text="gone"
    )
    both = FINDING.model_copy(update={"evidence_ids": ["E1", "E2"]})
    known = {"E1": SCORE, "E2": missing}

    assert about(FINDING, known, [MODE]) == ["failure mode FM1, bright spot"]
    assert about(both, known, [MODE]) == ["failure mode FM1, bright spot", "missing screw"]
    assert about(FINDING, known, []) == []


def test_a_case_adds_its_cause_below_those_of_the_failure_modes() -> None:
    backed = with_cases(Explanation([OF_MODE], []), [FINDING], {"F1": [a_case()]}, evidence=[SCORE])

    (case,) = backed.evidence
    assert (case.id, case.tool, case.values["kind"], case.values["id"]) == (
        "E2",
        "look_up",
        "case",
        "plate:1",
    )
    assert backed.explanation.causes == [
        OF_MODE,
        Cause(
            text="nozzle bent",
            likelihood=0.2,
            evidence_ids=["E1", "E2"],
            source="case plate:1 of 2026-01-01",
        ),
    ]


@pytest.mark.parametrize(("by_person", "likelihood"), [(True, 0.45), (False, 0.225)])
def test_without_failure_modes_a_case_counts_by_likeness_and_by_who_decided(
    by_person: bool, likelihood: float
) -> None:
    backed = with_cases(
        Explanation([], []), [FINDING], {"F1": [a_case(by_person=by_person)]}, evidence=[SCORE]
    )

    assert [cause.likelihood for cause in backed.explanation.causes] == [pytest.approx(likelihood)]


def test_a_case_that_says_the_same_stands_behind_the_cause_of_the_failure_mode() -> None:
    told = Evidence(id="E7", tool="look_up", values={"kind": "case", "id": "plate:1"})
    case = a_case(causes=("Coolant  splashed",))
    backed = with_cases(
        Explanation([OF_MODE], []), [FINDING], {"F1": [case]}, evidence=[SCORE, told]
    )

    assert backed.evidence == []
    assert backed.explanation.causes == [OF_MODE.model_copy(update={"evidence_ids": ["E1", "E7"]})]


def test_the_correction_of_an_operator_counts_instead_of_what_was_decided_then() -> None:
    case = a_case(correction="the pallet was wet")
    backed = with_cases(Explanation([], []), [FINDING], {"F1": [case]}, evidence=[SCORE])

    assert [cause.text for cause in backed.explanation.causes] == ["the pallet was wet"]


def test_a_case_of_another_thing_says_nothing() -> None:
    other = a_case(correction="the pallet was wet")._replace(findings=())
    backed = with_cases(Explanation([OF_MODE], []), [FINDING], {"F1": [other]}, evidence=[SCORE])

    assert (backed.explanation.causes, backed.evidence) == ([OF_MODE], [])
