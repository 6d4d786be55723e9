"""Anchors of a page, and who on it cites which evidence. Knows no HTML beyond an anchor."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from graphs.records import Inspection

if TYPE_CHECKING:
    from markupsafe import Markup

MENTION = re.compile(r"\b(?:E|F)[1-9][0-9]*\b")


class Link(NamedTuple):
    """A place on the same page."""

    anchor: str
    text: str


def region_anchor(number: int) -> str:
    """Of a region of the verdict."""
    return f"region-{number}"


def round_anchor(number: int) -> str:
    """Of a round."""
    return f"round-{number}"


def citations(inspection: Inspection) -> dict[str, list[Link]]:
    """By id of evidence: the findings, causes, refuted candidates and rounds that cite it."""
    verdict = inspection.verdict
    found: dict[str, list[Link]] = {}

    def cite(evidence_ids: list[str], link: Link) -> None:
        for one in dict.fromkeys(evidence_ids):
            found.setdefault(one, []).append(link)

    for finding in verdict.findings:
        cite(finding.evidence_ids, Link(finding.id, finding.id))
    for number, cause in enumerate(verdict.causes, 1):
        cite(cause.evidence_ids, Link(f"cause-{number}", f"cause {number}"))
    for number, refuted in enumerate(verdict.refuted, 1):
        cite(refuted.evidence_ids, Link(f"refuted-{number}", f"refuted {number}"))
    for one in inspection.rounds:
        named = [name for candidate in one.candidates for name in candidate.evidence_ids]
        link = Link(round_anchor(one.number), f"round {one.number}")
        cite([*one.evidence_ids, *named], link)
    return found


def mention_linker(inspection: Inspection) -> Callable[[str], Markup]:
    """A filter that escapes a text and links the evidence and findings that it mentions.

    Only ids that the record has become links; everything else stays text.
    """
    from markupsafe import Markup, escape

    from agent.report.page import printable

    known = {one.id for one in inspection.evidence}
    known |= {one.id for one in inspection.verdict.findings}

    def linked(text: str) -> Markup:
        text, end = str(printable(text)), 0
        pieces: list[Markup] = []
        for match in MENTION.finditer(text):
            if match[0] in known:
                pieces += [escape(text[end : match.start()])]
                pieces += [Markup('<a href="#{0}">{0}</a>').format(match[0])]
                end = match.end()
        return Markup("").join([*pieces, escape(text[end:])])

    return linked
