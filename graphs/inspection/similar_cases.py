"""Past inspections of like parts: as evidence, and behind a cause. Decides nothing.

Knows no store and no pictures beyond those that it asks with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphs.causes import Explanation
from graphs.inspection.checks import part_check
from graphs.inspection.context import Context
from graphs.inspection.findings import Explained
from graphs.inspection.numbering import Ledger
from graphs.inspection.state import State
from graphs.records import Cause, Finding
from knowledge.records import FailureMode, Product
from tools.ports import CaseQuery, Draft, SimilarCase
from tools.records import Evidence

MAX_BEHIND_CAUSES = 3
"""Cases of a kind with a finding that are looked at, nearest first."""
PERSON_LIKELIHOOD = 0.5
"""Of a cause that a case names which a person decided, where its picture is the same."""
OWN_LIKELIHOOD = 0.25
"""The same of a case that no person saw."""


class Backed(NamedTuple):
    """An explanation with the cases that stand behind its causes, and the evidence of them."""

    explanation: Explanation
    evidence: list[Evidence]


def case_query(
    product: str, state: State, context: Context, *, about: Sequence[str] = ()
) -> CaseQuery:
    """Cases of a product, other than of the same file or of the run that is going on."""
    own = state.asset.sha256 if state.asset else ""
    return CaseQuery(product, own, context.cases_before, tuple(about))


def case_draft(case: SimilarCase) -> Draft:
    """A case as `look_up` tells it."""
    return Draft(
        tool="look_up",
        values={
            "kind": "case",
            "id": case.id,
            "relevance": round(case.similarity, 4),
            "decision": case.decision,
            "by_person": case.by_person,
        },
        text=case.text,
        source=case.source,
    )


def about(
    finding: Finding, evidence: Mapping[str, Evidence], failure_modes: Sequence[FailureMode]
) -> list[str]:
    """What a finding is about: names that a like finding of another part has too.

    Args:
        finding: of a verdict.
        evidence: by id, of the same inspection.
        failure_modes: of the product.
    """
    modes = [mode for mode in failure_modes if mode.id == finding.failure_mode]
    names = [f"failure mode {mode.id}, {mode.mode}" for mode in modes]
    checked = part_check([evidence[one] for one in finding.evidence_ids if one in evidence])
    return names if checked is None else [*names, " ".join(checked)]


def back_by_cases(
    explained: Explained,
    state: State,
    context: Context,
    *,
    product: Product | None,
    evidence: Sequence[Evidence],
) -> Backed:
    """Ask for cases of the findings' kinds and let them stand behind causes. Blocking.

    Args:
        explained: the findings, and their causes by failure modes.
        state: of the inspection.
        context: of the run.
        product: None where it is unknown; then there are no cases.
        evidence: of the inspection so far.
    """
    by_id = {one.id: one for one in evidence}
    modes = product.failure_modes if product else ()
    names = {one.id: about(one, by_id, modes) for one in explained.findings}
    asked = sorted({name for own in names.values() for name in own})
    if product is None or not asked:
        return Backed(explained.explanation, [])
    found = _ask(asked, product.name, state, context)
    cases = {
        finding: list({case.id: _only(case, own) for name in own for case in found[name]}.values())
        for finding, own in names.items()
    }
    return with_cases(explained.explanation, explained.findings, cases, evidence=evidence)


def _ask(
    names: Sequence[str], product: str, state: State, context: Context
) -> dict[str, list[SimilarCase]]:
    """By name of what they are about: cases, nearest first."""
    image_hwc = context.pictures.overview(state.path, max_pixels=context.max_pixels)
    return {
        name: context.knowledge.similar_cases(
            image_hwc,
            query=case_query(product, state, context, about=[name]),
            k=MAX_BEHIND_CAUSES,
        )
        for name in names
    }


def _only(case: SimilarCase, names: Sequence[str]) -> SimilarCase:
    """A case with none but its findings of some kinds."""
    alike = tuple(one for one in case.findings if set(names) & set(one.about))
    return case._replace(findings=alike)


def with_cases(
    explanation: Explanation,
    findings: Sequence[Finding],
    cases: Mapping[str, Sequence[SimilarCase]],
    *,
    evidence: Sequence[Evidence],
) -> Backed:
    """Let cases stand behind causes: they confirm one of a failure mode, or add one below it.

    Args:
        explanation: by failure modes.
        findings: of the verdict.
        cases: by finding id, each with its findings of the same kind only.
        evidence: of the inspection so far, by which cases are cited that were told already.
    """
    ledger = Ledger(n_evidence=len(evidence), n_regions=0)
    told = {str(one.values["id"]): one.id for one in evidence if one.values.get("kind") == "case"}
    # Nothing that a case says may rank above what the failure modes say.
    highest = min((cause.likelihood for cause in explanation.causes), default=1.0)
    causes = {_key(cause.text): cause for cause in explanation.causes}
    for finding in findings:
        for case in cases.get(finding.id, ()):
            for text in _causes_of(case):
                if case.id not in told:
                    told[case.id] = ledger.add(case_draft(case))
                added = _cause(text, case, finding, cited=told[case.id], highest=highest)
                known = causes.get(_key(text))
                causes[_key(text)] = added if known is None else _confirmed(known, added)
    first = list(causes.values())[: len(explanation.causes)]
    below = sorted(list(causes.values())[len(first) :], key=lambda cause: -cause.likelihood)
    return Backed(explanation._replace(causes=[*first, *below]), ledger.evidence)


def _causes_of(case: SimilarCase) -> list[str]:
    """The operator's correction where there is one, else what its like findings were put down to.

    A case about another thing has no finding left here and says nothing.
    """
    if not case.findings:
        return []
    if case.correction:
        return [case.correction]
    return list(dict.fromkeys(text for finding in case.findings for text in finding.causes))


def _cause(text: str, case: SimilarCase, finding: Finding, *, cited: str, highest: float) -> Cause:
    weight = PERSON_LIKELIHOOD if case.by_person else OWN_LIKELIHOOD
    return Cause(
        text=text,
        likelihood=min(highest, weight * max(case.similarity, 0.0)),
        evidence_ids=[*finding.evidence_ids, cited],
        source=case.source,
    )


def _confirmed(known: Cause, added: Cause) -> Cause:
    """A cause with the evidence of another that says the same; its source and rank stay."""
    ids = list(dict.fromkeys([*known.evidence_ids, *added.evidence_ids]))
    return known.model_copy(update={"evidence_ids": ids})


def _key(text: str) -> str:
    return " ".join(text.casefold().split())
