"""Which inspections become cases, and what is kept of them. Knows no store's inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from graphs.records import Finding, Inspection
from knowledge.records import Case, CaseClaim, FailureMode
from tools.arrays import UInt8Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knowledge.store import KnowledgeStore

KeepCases = Literal["none", "reviewed", "all"]
MAX_SUMMARY = 1000
"""Characters of a summary."""


def keep_case(
    inspection: Inspection, image_hwc: UInt8Image, *, store: KnowledgeStore, which: KeepCases
) -> Case | None:
    """Keep an inspection as a case, over the one of the same file and product.

    What a person decided is not replaced by what nobody saw.

    Args:
        inspection: as it was recorded.
        image_hwc: (H, W, 3) RGB of what was inspected.
        store: where cases are kept.
        which: `reviewed` or `all`; with `none` nothing is.

    Returns:
        The case, or None where this inspection is kept as none.

    Raises:
        KnowledgeError: where the product was removed meanwhile or the store cannot be written.
    """
    by_person = decided_by_person(inspection)
    wanted = which == "all" or (which == "reviewed" and by_person)
    if not wanted or inspection.verdict.decision is None:
        return None
    product = inspection.product
    modes = store.product(product).failure_modes if product is not None else []
    case = case_of(inspection, failure_modes=modes)
    former = store.case(case.id)
    if former is not None and former.by_person and not by_person:
        return former
    store.add_case(case, image_hwc=image_hwc)
    return case


def decided_by_person(inspection: Inspection) -> bool:
    """Whether a person was asked and answered normal or anomalous; `review` leaves it open."""
    return any(
        event.node == "ask" and event.detail in ("normal", "anomalous")
        for event in inspection.trace
    )


def case_id(product: str | None, asset_sha256: str) -> str:
    """The id of a file's case: another inspection of the same bytes has the same."""
    return f"{product or 'unknown'}:{asset_sha256[:16]}"


def case_of(inspection: Inspection, *, failure_modes: Sequence[FailureMode]) -> Case:
    """What is kept of an inspection.

    Args:
        inspection: with a decision.
        failure_modes: of its product.
    """
    verdict = inspection.verdict
    claims = " ".join(finding.claim for finding in verdict.findings)
    return Case(
        id=case_id(inspection.product, inspection.asset.sha256),
        product=inspection.product,
        asset_sha256=inspection.asset.sha256,
        decision=str(verdict.decision),
        summary=(claims or verdict.reason)[:MAX_SUMMARY],
        created=inspection.created,
        by_person=decided_by_person(inspection),
        findings=[_claim(one, inspection, failure_modes) for one in verdict.findings],
    )


def _claim(
    finding: Finding, inspection: Inspection, failure_modes: Sequence[FailureMode]
) -> CaseClaim:
    """A finding with the causes that rest on its evidence; what cases said is not said again."""
    from graphs.inspection.similar_cases import about

    evidence = {one.id: one for one in inspection.evidence}
    from_cases = {one.source for one in evidence.values() if one.values.get("kind") == "case"}
    cited = set(finding.evidence_ids)
    return CaseClaim(
        claim=finding.claim,
        about=about(finding, evidence, failure_modes),
        causes=[
            cause.text
            for cause in inspection.verdict.causes
            if cited & set(cause.evidence_ids) and cause.source not in from_cases
        ],
    )
