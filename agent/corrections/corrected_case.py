"""What the case of a unit says once people have corrected it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.corrections import KeptCorrection
from knowledge.records import Case, CaseClaim


def corrected_case(inspected: Case, corrections: Sequence[KeptCorrection]) -> Case:
    """The case of an inspection after all that was said of its unit.

    Args:
        inspected: what the inspection itself says.
        corrections: of the unit that are in force, the oldest first; at least one.
    """
    claims, decision = list(inspected.findings), inspected.decision
    for one in corrections:
        claims = _claims(claims, one)
        if one.kind != "not_a_defect":
            decision = "anomalous"
        elif not claims:
            decision = "normal"
    told = [f"{one.said} ({one.who}: {one.why or 'no reason given'})" for one in corrections]
    return inspected.model_copy(
        update={
            "decision": decision,
            "correction": "; ".join(told),
            "by_person": True,
            "created": corrections[-1].at,
            "findings": claims,
        }
    )


def _claims(claims: Sequence[CaseClaim], one: KeptCorrection) -> list[CaseClaim]:
    if one.kind == "not_a_defect":
        return [claim for claim in claims if one.claim and claim.claim != one.claim]
    if one.kind == "missed":
        return [*claims, CaseClaim(claim=one.text or one.said, about=one.about)]
    about = one.about or [name for claim in claims for name in claim.about]
    return [CaseClaim(claim=one.said, about=about, causes=[one.text]), *claims]
