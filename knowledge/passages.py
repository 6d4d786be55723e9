"""What of a product, and of its cases, can be found by text. Knows no store and no ranking."""

from __future__ import annotations

from typing import Literal, NamedTuple

from knowledge.records import Case, FailureMode, Note, Product, Rule

PassageKind = Literal["rule", "failure_mode", "note", "case"]
KINDS: tuple[PassageKind, ...] = ("rule", "failure_mode", "note", "case")


class PassageText(NamedTuple):
    """One piece of text with where it comes from."""

    kind: PassageKind
    id: str
    text: str
    source: str
    asset_sha256: str = ""
    """For a case: digest of the file that was inspected."""

    @property
    def key(self) -> str:
        """Names the passage within its product."""
        return f"{self.kind} {self.id}"


def passages_of(product: Product) -> list[PassageText]:
    """Rules, failure modes and notes, in this order."""
    return [
        *(PassageText("rule", rule.id, _rule_text(rule), rule.source) for rule in product.rules),
        *(
            PassageText("failure_mode", mode.id, _mode_text(mode), mode.source)
            for mode in product.failure_modes
        ),
        *(PassageText("note", note.id, _note_text(note), note.source) for note in product.notes),
    ]


def passage_of_case(case: Case) -> PassageText:
    """A past inspection as text: its summary and the operator's correction."""
    correction = f" Correction: {case.correction}" if case.correction else ""
    text = f"{case.decision}: {case.summary}{correction}"
    return PassageText("case", case.id, text, source_of_case(case), case.asset_sha256)


def source_of_case(case: Case) -> str:
    """Names a case for citation."""
    return f"case {case.id} of {case.created}"


def _rule_text(rule: Rule) -> str:
    if rule.quantity is None:
        return f"{rule.id} ({rule.kind}): {rule.text}"
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("min", rule.min), ("max", rule.max))
        if bound is not None
    ]
    unit = f" {rule.unit}" if rule.unit else ""
    return f"{rule.id} ({rule.kind}): {rule.text} [{rule.quantity}: {', '.join(bounds)}{unit}]"


def _mode_text(mode: FailureMode) -> str:
    parts = [
        f"{mode.mode}.",
        f"Appearance: {mode.appearance}.",
        f"Cause: {mode.cause}." if mode.cause else "",
        f"Effect: {mode.effect}." if mode.effect else "",
        f"Remediation: {mode.remediation}." if mode.remediation else "",
    ]
    return " ".join(part for part in parts if part)


def _note_text(note: Note) -> str:
    return f"{note.title}\n{note.text}" if note.title else note.text
