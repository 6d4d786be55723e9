"""An inspection in words, as markdown. Reads no file."""

from __future__ import annotations

from agent.report.page import printable
from agent.server.tickets import Ticket
from graphs.records import Inspection
from tools.extents import place_words


def markdown_of(ticket: Ticket, inspection: Inspection) -> str:
    """Verdict, findings with what they rest on, causes and remediation.

    What rules, models and documents said stands in it as text: no markup of theirs is read.
    """
    verdict = inspection.verdict
    lines = [
        f"# {verdict.decision or 'not decided'}: {plain(ticket.name)}",
        "",
        f"- inspection: {ticket.id}",
        f"- product: {plain(inspection.product or 'unknown')}",
        f"- mind: {inspection.mind}, strategy {inspection.strategy}, status {verdict.status}",
        *([f"- score: {verdict.score:.3f}"] if verdict.score is not None else []),
        "",
        plain(verdict.reason),
    ]
    regions = {one.id: one for one in verdict.regions}
    if verdict.findings:
        lines += ["", "## Findings", ""]
    for finding in verdict.findings:
        region = regions.get(finding.region or 0)
        where = f" In region {region.id}, {place_words(region.source)}." if region else ""
        cited = ", ".join([*finding.rule_ids, *finding.evidence_ids])
        lines.append(f"- {finding.id}: {plain(finding.claim)}{where} [{plain(cited)}]")
    if verdict.causes:
        lines += ["", "## Probable causes", ""]
        lines += [
            f"- {one.likelihood:.2f} {plain(one.text)} ({plain(one.source)})"
            for one in verdict.causes
        ]
    if verdict.remediation:
        lines += ["", "## What to do", ""]
        lines += [f"- {plain(one.text)} ({plain(one.source)})" for one in verdict.remediation]
    if inspection.degraded:
        lines += ["", "## Done without", ""]
        lines += [f"- {plain(one)}" for one in inspection.degraded]
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    """A text of others on one line, without markup of markdown and HTML."""
    line = " ".join(str(printable(text)).split())
    for letter in "\\`*_[]<>#|":
        line = line.replace(letter, f"\\{letter}")
    return line
