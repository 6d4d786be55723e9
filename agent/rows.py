"""Prints inspections as they are done: JSON lines, or a table at the end. Knows no graph."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.console import print_error, print_note, terminal
from graphs.records import Finding, Inspection, Verdict
from tools.told_names import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.table import Table

    from agent.run_folder import RunFolder

STYLES = {"normal": "green", "anomalous": "red", "review": "yellow"}
NOTHING = "-"
MAX_FINDINGS = 2
"""Told in a table; the record has all."""


class Rows:
    """The inspections of one command."""

    def __init__(self, *, as_json: bool) -> None:
        """Choose the form: one JSON document a line at once, or a table at the end."""
        self._as_json = as_json
        self._done: list[Inspection] = []

    @property
    def count(self) -> int:
        """How many are done, failed ones included."""
        return len(self._done)

    def add(self, inspection: Inspection) -> None:
        """Take one; a failed one is told on stderr at once."""
        self._done.append(inspection)
        if inspection.verdict.status == "failed":
            print_error(failure_line(inspection))
        if inspection.verdict.status == "degraded":
            print_note(degraded_line(inspection))
        if self._as_json:
            import sys

            sys.stdout.write(inspection.model_dump_json() + "\n")
            sys.stdout.flush()

    def finish(self, run: RunFolder) -> None:
        """Print the table and where the records lie; a run that recorded nothing is removed.

        The page of the run is written, which links to those of its inspections.
        """
        run.discard_if_empty()
        page = _page_of(run)
        told = [one for one in self._done if one.verdict.status != "failed"]
        if self._as_json or not told:
            return
        console = terminal()
        console.print(table_of(sorted(told, key=lambda one: one.asset.path)))
        if any(one.usage.vlm_calls for one in self._done):
            console.print(usage_line(self._done), soft_wrap=True)
        console.print(f"records and overlays: {run.root / 'inspections'}", soft_wrap=True)
        if page is not None:
            console.print(f"report: {page}", soft_wrap=True)

    def exit_code(self, fail_on: str | None) -> int:
        """1 where one failed; 3 where one is as `fail_on` says; 0 otherwise."""
        if any(one.verdict.status == "failed" for one in self._done):
            return 1
        wanted = {None: (), "anomalous": ("anomalous",), "review": ("anomalous", "review")}[fail_on]
        return 3 if any(one.verdict.decision in wanted for one in self._done) else 0


def _page_of(run: RunFolder) -> Path | None:
    if next((run.root / "inspections").glob("*/inspection.json"), None) is None:
        return None
    from agent.report.files import write_index

    return write_index(run)


def failure_line(inspection: Inspection) -> str:
    """One line that names the file and says why it was not decided."""
    path, reason = inspection.asset.path, inspection.verdict.reason
    return reason if path in reason else f"{path}: {reason}"


def degraded_line(inspection: Inspection) -> str:
    """One line that names the file and says what its inspection did without."""
    name = inspection.asset.path
    return f"{name}: degraded, decided by the experts: {' '.join(inspection.degraded)}"


def usage_line(inspections: Sequence[Inspection]) -> str:
    """What the VLM cost, over all parts."""
    used = [one.usage for one in inspections]
    tokens_in, cached = sum(u.input_tokens for u in used), sum(u.cached_tokens for u in used)
    cost = sum(u.cost_usd for u in used)
    return (
        f"VLM: {sum(u.vlm_calls for u in used)} calls, {tokens_in} tokens in ({cached} cached), "
        f"{sum(u.output_tokens for u in used)} out, {sum(u.images for u in used)} pictures"
        f"{f', {cost:.4f} US dollars' if cost else ', no price known'}"
    )


def shows_status(inspections: Sequence[Inspection]) -> bool:
    """Whether a column says who decided: where a VLM was to, or something could not."""
    return any(
        one.usage.vlm_calls or one.verdict.status not in ("decided", "failed")
        for one in inspections
    )


def finding_text(verdict: Verdict) -> str:
    """Each claim in short, with the failure mode that it looks like and the rules it breaks."""
    told = [_finding_line(finding) for finding in verdict.findings[:MAX_FINDINGS]]
    more = len(verdict.findings) - len(told)
    return "\n".join([*told, *([f"and {more} more"] if more else [])]) or NOTHING


def _finding_line(finding: Finding) -> str:
    mode = f" ({finding.failure_mode})" if finding.failure_mode else ""
    rules = f" [{', '.join(finding.rule_ids)}]" if finding.rule_ids else ""
    return f"{_in_short(finding.claim)}{mode}{rules}"


def _in_short(text: str) -> str:
    """What comes before the first colon, semicolon or end of a sentence."""
    return re.split(r"[:;.](?:\s|$)", text, maxsplit=1)[0]


def cause_text(verdict: Verdict) -> str:
    """The likeliest cause."""
    likeliest = sorted(verdict.causes, key=lambda cause: -cause.likelihood)[:1]
    return "\n".join(f"{cause.text} ({cause.likelihood:.2f})" for cause in likeliest) or NOTHING


def remediation_text(verdict: Verdict) -> str:
    """The first remediation and its source."""
    first = verdict.remediation[:1]
    return "\n".join(f"{one.text} ({_place(one.source)})" for one in first) or NOTHING


def _place(source: str) -> str:
    """The file and line at the end of a source, where it names them."""
    named = re.search(r"\(([^()]+)\)$", source)
    return named[1] if named else source


def decision_text(verdict: Verdict) -> str:
    """The decision in its colour, as markup."""
    decision = verdict.decision or verdict.status
    return f"[{STYLES.get(decision, 'magenta')}]{decision}[/]"


def score_text(verdict: Verdict) -> str:
    """The calibrated score; marked where it is not calibrated."""
    if verdict.score is None:
        return NOTHING
    return f"{verdict.score:.2f}{'' if verdict.calibrated else ' *'}"


def table_of(inspections: list[Inspection], *, truths: dict[str, str] | None = None) -> Table:
    """A table for a terminal.

    Args:
        inspections: a row for each.
        truths: by file name, what is known of the part; the column is left out where None.
    """
    from pathlib import Path

    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("file", overflow="fold")
    if truths is not None:
        table.add_column("truth", overflow="fold")
    table.add_column("decision", no_wrap=True)
    if with_status := shows_status(inspections):
        table.add_column("status", no_wrap=True)
    table.add_column("score", no_wrap=True, justify="right")
    for name in ("finding", "cause", "remediation"):
        table.add_column(name, overflow="fold", ratio=1)
    for one in inspections:
        name = Path(one.asset.path).name
        known = [] if truths is None else [escape(shown(truths.get(name, NOTHING)))]
        table.add_row(
            escape(shown(name)),
            *known,
            decision_text(one.verdict),
            *([one.verdict.status] if with_status else []),
            score_text(one.verdict),
            *(escape(shown(t(one.verdict))) for t in (finding_text, cause_text, remediation_text)),
        )
    if any(one.verdict.score is not None and not one.verdict.calibrated for one in inspections):
        table.caption = "* uncalibrated: too few references for the target overkill rate"
        table.caption_justify = "left"
    return table
