"""Survivors become findings with rules, failure modes and causes. Knows no scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphs.causes import Explanation, LikelyMode, explain, match_looks, match_part_check
from graphs.inspection.checks import part_check
from graphs.inspection.context import ProductModel
from graphs.inspection.refutation import Case, support_of
from graphs.records import Finding
from knowledge.records import FailureMode
from tools.ports import KnowledgePort
from tools.records import Region, View

MIN_RULE_RELEVANCE = 0.5
"""Of a rule found by text, from which on a finding is said to break it."""


class Made(NamedTuple):
    """A finding and the case that it was made from."""

    finding: Finding
    case: Case


class Explained(NamedTuple):
    """Findings with rules and failure modes, their regions labelled, causes and remediation."""

    findings: list[Finding]
    regions: list[Region]
    explanation: Explanation


def make_findings(cases: Sequence[Case], *, views: Mapping[str, View]) -> list[Made]:
    """Number survivors, worst first; each cites only the evidence that supports it."""
    ordered = sorted(cases, key=lambda case: -case.candidate.suspicion)
    made = []
    for number, case in enumerate(ordered, start=1):
        support = support_of(case, views)
        finding = Finding(
            id=f"F{number}",
            claim=case.candidate.claim,
            rule_ids=case.candidate.rule_ids,
            evidence_ids=[one.id for one in support],
            region=case.region.id if case.region else None,
            other_regions=[one.id for one in case.others],
        )
        made.append(Made(finding, case))
    return made


def explain_findings(
    made: Sequence[Made], model: ProductModel | None, knowledge: KnowledgePort
) -> Explained:
    """Match failure modes by appearance or by the failed check, and rules by text."""
    failure_modes = model.product.failure_modes if model else []
    modes = {one.finding.id: likely_modes(one.case, failure_modes) for one in made}
    findings = [_with_mode(one.finding, modes[one.finding.id], model, knowledge) for one in made]
    regions = [
        region.model_copy(update={"label": _label(finding, modes[finding.id])})
        for one, finding in zip(made, findings, strict=True)
        for region in [one.case.region, *one.case.others]
        if region is not None
    ]
    return Explained(findings, regions, explain(findings, modes))


def likely_modes(case: Case, failure_modes: Sequence[FailureMode]) -> list[LikelyMode]:
    """Failure modes of one case, best first; empty where none fits."""
    checked = part_check(case.cited)
    if checked is not None and not case.looks:
        return match_part_check(*checked, failure_modes)
    if case.looks:
        return match_looks(case.looks, failure_modes)
    if case.attributes is None or not failure_modes:
        return []
    from knowledge.appearance import match_failure_modes

    return [
        LikelyMode(match.failure_mode, match.likelihood)
        for match in match_failure_modes(case.attributes, failure_modes)
    ]


def _with_mode(
    finding: Finding,
    modes: Sequence[LikelyMode],
    model: ProductModel | None,
    knowledge: KnowledgePort,
) -> Finding:
    if not modes or model is None:
        return finding
    mode = modes[0].mode
    rule_ids = finding.rule_ids or broken_rules(mode, model, knowledge)
    return finding.model_copy(
        update={
            "claim": f"{as_sentence(finding.claim)} It looks like {mode.id}, {mode.mode}.",
            "failure_mode": mode.id,
            "rule_ids": rule_ids,
        }
    )


def as_sentence(claim: str) -> str:
    """A claim that ends as a sentence does; those of a model often do not."""
    return claim if claim.rstrip().endswith((".", "!", "?")) else f"{claim.rstrip()}."


def broken_rules(mode: FailureMode, model: ProductModel, knowledge: KnowledgePort) -> list[str]:
    """The `must` rule that speaks of a failure mode; none where no text is near enough."""
    must = {rule.id for rule in model.product.rules if rule.kind == "must"}
    if not must:
        return []
    found = knowledge.look_up(
        f"{mode.mode}: {mode.appearance}", product=model.product.name, kinds=("rule",), k=5
    )
    near = [one.id for one in found if one.id in must and one.relevance >= MIN_RULE_RELEVANCE]
    return near[:1]


def _label(finding: Finding, modes: Sequence[LikelyMode]) -> str:
    return modes[0].mode.mode if modes else finding.id
