"""An inspection told in sentences that cite, and what of it may be cited. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from graphs.conversation.records import SeenInspection, Source
from graphs.records import Cause, Finding, Inspection
from knowledge.records import FailureMode, Product, Rule
from tools.ports import Passage

MAX_EVIDENCE = 30
"""Pieces of evidence that a text tells; all may be cited."""
_CITED_KINDS = {"rule": "rule", "failure_mode": "mode", "note": "note", "case": "case"}


def slug(text: str) -> str:
    """A name as it may stand in a citation: without spaces, commas and brackets."""
    return re.sub(r"[\s,;\[\]]+", "-", text.strip())


def rule_id(product: str, rule: str) -> str:
    """How a rule is cited."""
    return f"rule:{slug(product)}/{slug(rule)}"


def mode_id(product: str, mode: str) -> str:
    """How a failure mode is cited."""
    return f"mode:{slug(product)}/{slug(mode)}"


def rule_source(product: str, rule: Rule) -> Source:
    """A rule that may be cited."""
    return Source(id=rule_id(product, rule.id), kind="rule", text=f"{rule.text} ({rule.source})")


def mode_source(product: str, mode: FailureMode) -> Source:
    """A failure mode that may be cited."""
    text = f"{mode.mode}: {mode.appearance}. Cause: {mode.cause}. Remedy: {mode.remediation}"
    data = {"cause": mode.cause, "remediation": mode.remediation, "effect": mode.effect}
    return Source(
        id=mode_id(product, mode.id),
        kind="failure_mode",
        text=f"{text} ({mode.source})",
        data={
            **data,
            "severity": mode.severity,
            "occurrence": mode.occurrence,
            "detection": mode.detection,
        },
    )


def passage_source(product: str, passage: Passage) -> Source:
    """A passage of knowledge that may be cited."""
    kind = _CITED_KINDS[passage.kind]
    named = slug(passage.id)
    if kind in ("rule", "mode"):
        named = f"{slug(product)}/{named}"
    return Source(
        id=f"{kind}:{named}",
        # A passage names its kind as text; pydantic checks the same names.
        kind=passage.kind,  # type: ignore[arg-type]
        text=f"{passage.text} ({passage.source})",
    )


def sources_of(
    seen: SeenInspection, inspection: Inspection, product: Product | None
) -> list[Source]:
    """All of an inspection that may be cited: itself, evidence, findings, rules and modes."""
    verdict = inspection.verdict
    name = PurePath(inspection.asset.path).name
    told = f"{name}: {verdict.decision or 'not decided'}. {verdict.reason}"
    own = [Source(id=seen.id, kind="inspection", text=told, inspection=seen.ref)]
    own += [
        Source(
            id=f"{seen.id}.{one.id}",
            kind="evidence",
            text=one.text,
            inspection=seen.ref,
            artifact=one.artifact or "",
        )
        for one in inspection.evidence
    ]
    own += [
        Source(id=f"{seen.id}.{one.id}", kind="finding", text=one.claim, inspection=seen.ref)
        for one in verdict.findings
    ]
    return own + ([] if product is None else list(_known(verdict.findings, product)))


def _known(findings: Sequence[Finding], product: Product) -> Iterator[Source]:
    rules = {one for finding in findings for one in finding.rule_ids}
    modes = {finding.failure_mode for finding in findings}
    for rule in product.rules:
        if rule.id in rules:
            yield rule_source(product.name, rule)
    for mode in product.failure_modes:
        if mode.id in modes:
            yield mode_source(product.name, mode)


def verdict_text(seen: SeenInspection, inspection: Inspection) -> str:
    """The decision, what was found and why, each with its citations."""
    verdict = inspection.verdict
    name = PurePath(inspection.asset.path).name
    score = "" if verdict.score is None else f", score {verdict.score:.2f}"
    lines = [
        f"{name} is {(verdict.decision or 'not decided').upper()}{score} [{seen.id}]: "
        f"{verdict.reason}"
    ]
    if inspection.labels:
        told = ", ".join(f"{key} {value}" for key, value in sorted(inspection.labels.items()))
        lines.append(f"Labels: {told}.")
    lines += [f"- {one.id}: {finding_text(seen, one, inspection)}" for one in verdict.findings]
    lines += [f"- {cause_text(seen, one)}" for one in verdict.causes]
    lines += [f"- To do: {one.text}{_cited(one.source, inspection)}" for one in verdict.remediation]
    return "\n".join(lines)


def finding_text(seen: SeenInspection, finding: Finding, inspection: Inspection) -> str:
    """A finding and what it rests on."""
    product = inspection.product or ""
    ids = [f"{seen.id}.{one}" for one in finding.evidence_ids]
    ids += [rule_id(product, one) for one in finding.rule_ids]
    ids += [mode_id(product, finding.failure_mode)] if finding.failure_mode else []
    return f"{finding.claim} [{', '.join([f'{seen.id}.{finding.id}', *ids])}]"


def cause_text(seen: SeenInspection, cause: Cause) -> str:
    """A cause, how likely, and where it is from."""
    ids = ", ".join(f"{seen.id}.{one}" for one in cause.evidence_ids)
    return f"Cause ({cause.likelihood:.2f}): {cause.text} [{ids}] ({cause.source})"


def _cited(source: str, inspection: Inspection) -> str:
    """A remedy's failure mode, cited where a finding has it, beside its place in words."""
    modes = {one.failure_mode for one in inspection.verdict.findings}
    named = source.split(":", 1)[0]
    cited = f" [{mode_id(inspection.product or '', named)}]" if named in modes else ""
    return f"{cited} ({source})"


def evidence_text(seen: SeenInspection, inspection: Inspection) -> str:
    """What was seen, with the ids by which it is cited."""
    lines = [
        f"[{seen.id}.{one.id}] {one.tool}: {one.text}" for one in inspection.evidence[:MAX_EVIDENCE]
    ]
    more = len(inspection.evidence) - len(lines)
    return "\n".join([*lines, *([f"and {more} more"] if more > 0 else [])])
