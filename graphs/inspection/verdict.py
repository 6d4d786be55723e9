"""The verdict in records and plain sentences, from what was judged. Pure; decides nothing new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphs.causes import Explanation
from graphs.inspection.scoring import Judged
from graphs.records import Decision, Finding, Refuted, Verdict
from tools.records import Region

UNKNOWN = (
    "The product is unknown: no product in the store is near to this picture, so there are no "
    "references to compare with and no rules to judge by. Name the product or add it."
)
NO_SCORE = "No expert could score this picture, so a person must look."


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Everything that a verdict is composed of."""

    judged: Judged
    known: bool
    """Whether the product is known."""
    findings: list[Finding] = field(default_factory=list)
    refuted: list[Refuted] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    explanation: Explanation = field(default_factory=lambda: Explanation([], []))
    all_ignored: bool = False
    """Whether candidates there were, and ignore rules covered every one."""
    spent: str | None = None
    """Which budget ended the inspection early."""
    fault: str = ""
    """Why the mind could not answer."""
    unanswerable: str = ""
    """Why the question or the picture allows no answer."""
    disagreement: str = ""
    """How judgements of the same part disagree."""


def compose_verdict(judgement: Judgement) -> Verdict:
    """A normal part has no findings; an anomalous one explains itself or says that it cannot."""
    judged = judgement.judged
    if judgement.fault and judged.score is None:
        return _failed(judgement)
    decision = final_decision(judgement)
    refuted = list(judgement.refuted)
    findings = judgement.findings
    if decision == "normal":
        refuted += [_within_normal(finding, judged) for finding in findings]
        findings = []
    numbers = {one for f in findings for one in (f.region, *f.other_regions)}
    return Verdict(
        decision=decision,
        raw_score=judged.raw_score,
        score=judged.score,
        p_value=judged.p_value,
        calibrated=judged.calibrated,
        thresholds=judged.thresholds,
        reason=reason_of(judgement, decision=decision, n_findings=len(findings)),
        status="degraded" if judgement.fault else "decided",
        fusion=judged.sources,
        fusion_basis=judged.basis,
        findings=findings,
        regions=[region for region in judgement.regions if region.id in numbers],
        causes=judgement.explanation.causes if findings else [],
        remediation=judgement.explanation.remediation if findings else [],
        refuted=refuted,
    )


def _failed(judgement: Judgement) -> Verdict:
    """No decision: the mind could not answer and no expert has a score."""
    return Verdict(
        decision=None,
        reason=f"Not decided: {judgement.fault} No expert has a score to decide by instead.",
        status="failed",
        refuted=list(judgement.refuted),
    )


def final_decision(judgement: Judgement) -> Decision:
    """The scores' decision, save where a person must look.

    What rules tell to ignore is not called anomalous; what cannot be answered, or was judged in
    different ways when it was asked in different words, is not called anything.
    """
    decision = judgement.judged.decision
    if judgement.unanswerable or judgement.disagreement:
        return "review"
    if decision == "anomalous" and judgement.all_ignored and not judgement.findings:
        return "review"
    return decision


def reason_of(judgement: Judgement, *, decision: Decision, n_findings: int) -> str:
    """Plain sentences: the score against its thresholds, the findings, what was done without."""
    sentences = [_about_score(judgement.judged, known=judgement.known)]
    if judgement.fault:
        sentences.append(f"Degraded, decided without an answer of the mind: {judgement.fault}")
    if judgement.unanswerable:
        sentences.append(f"No answer is possible: {judgement.unanswerable}.")
    if judgement.disagreement:
        sentences.append(f"{judgement.disagreement} So a person decides.")
    sentences += _about_findings(judgement, decision=decision, n_findings=n_findings)
    if judgement.judged.thresholds is not None:
        basis = judgement.judged.thresholds.basis
        sentences.append(f"The thresholds are {basis}.")
    if judgement.spent:
        sentences.append(f"Judged early: {judgement.spent}.")
    return " ".join(sentences)


def _about_score(judged: Judged, *, known: bool) -> str:
    if judged.score is None or judged.thresholds is None:
        return NO_SCORE if known else UNKNOWN
    low, high = judged.thresholds.low, judged.thresholds.high
    relation = {
        "normal": f"below {low:.2f}, where review begins",
        "review": f"between {low:.2f} and {high:.2f}",
        "anomalous": f"at or above {high:.2f}",
    }[judged.decision]
    return f"The score of {judged.score:.2f} is {relation}."


def _about_findings(judgement: Judgement, *, decision: Decision, n_findings: int) -> list[str]:
    if decision == "normal":
        return []
    if judgement.all_ignored and not judgement.findings:
        return ["Every difference is one that a rule tells to ignore, so a person decides."]
    if n_findings:
        few: Sequence[Finding] = judgement.findings[:2]
        more = f" and {n_findings - len(few)} more" if n_findings > len(few) else ""
        plural = "" if n_findings == 1 else "s"
        claims = " ".join(finding.claim for finding in few)
        return [f"{n_findings} finding{plural}{more and f' ({len(few)} told here)'}: {claims}"]
    if judgement.judged.score is None:
        return []
    return ["No single region survived refutation, so the score of the whole picture decides."]


def _within_normal(finding: Finding, judged: Judged) -> Refuted:
    score = f" ({judged.score:.2f})" if judged.score is not None else ""
    return Refuted(
        claim=finding.claim,
        reason=f"the score of the part is within the normal range{score}",
        evidence_ids=finding.evidence_ids,
    )
