"""Several corrections of one unit, by hand."""

from __future__ import annotations

from typing import Any

from agent.corrections.corrected_case import corrected_case
from knowledge.corrections import KeptCorrection
from knowledge.records import Case, CaseClaim

SPOT = CaseClaim(claim="A spot.", about=["failure mode spot, spot"], causes=["oil"])
DENT = CaseClaim(claim="A dent.", about=["failure mode dent, dent"])
INSPECTED = Case(
    id="plate:a",
    product="plate",
    asset_sha256="a" * 64,
    decision="anomalous",
    summary="A spot. A dent.",
    created="2026-11-24T08:00:00+00:00",
    findings=[SPOT, DENT],
)


def said(number: int, kind: str, **given: Any) -> KeptCorrection:
    told = {"product": "plate", "said": f"said {number}", "why": "", "who": "ann"}
    at = f"2026-11-25T0{number}:00:00+00:00"
    return KeptCorrection.model_validate(
        {"id": f"K{number}", "kind": kind, "at": at, **told, **given}
    )


def test_one_of_two_findings_that_is_no_defect_leaves_the_other_and_the_decision() -> None:
    case = corrected_case(INSPECTED, [said(1, "not_a_defect", claim="A spot.")])

    assert (case.decision, case.findings, case.by_person) == ("anomalous", [DENT], True)


def test_when_each_finding_is_no_defect_the_unit_is_normal() -> None:
    each = [said(n, "not_a_defect", claim=one.claim) for n, one in enumerate([SPOT, DENT], 1)]
    case = corrected_case(INSPECTED, each)

    assert (case.decision, case.findings) == ("normal", [])
    assert case.correction == "said 1 (ann: no reason given); said 2 (ann: no reason given)"
    assert case.created == each[1].at


def test_without_a_finding_all_of_them_are_none() -> None:
    case = corrected_case(INSPECTED, [said(1, "not_a_defect")])

    assert (case.decision, case.findings) == ("normal", [])


def test_what_was_missed_on_a_unit_that_is_else_good_makes_it_anomalous_again() -> None:
    case = corrected_case(INSPECTED, [said(1, "not_a_defect"), said(2, "missed", text="A nick.")])

    assert (case.decision, [one.claim for one in case.findings]) == ("anomalous", ["A nick."])


def test_a_cause_is_about_what_the_findings_are_about() -> None:
    case = corrected_case(INSPECTED, [said(1, "cause", text="the oiler leaked")])

    assert case.findings[0].causes == ["the oiler leaked"]
    assert case.findings[0].about == [*SPOT.about, *DENT.about]
