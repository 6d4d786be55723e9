"""An inspection as a story in the terminal. Knows no page and no file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from agent.report.figures import arguments_words, cost_words, count_words, seconds_words
from agent.report.page import printable
from agent.rows import STYLES, cause_text
from agent.trace import Trace
from graphs.records import Inspection, Round, Verdict

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.text import Text

SHOWN_OF_ANSWER = 400
"""Characters of a tool's answer; the record has all."""
BAR_CELLS = 40


def told(inspection: Inspection, trace: Trace) -> Group:
    """Verdict, findings, rounds, evidence and cost, for a Rich console.

    Args:
        inspection: the record.
        trace: of the same inspection; tells of attempts that failed, may be empty.
    """
    from rich.console import Group

    return Group(
        *_verdict(inspection),
        *_findings(inspection.verdict),
        *_rounds(inspection),
        *_refuted(inspection.verdict),
        _evidence(inspection),
        *_cost(inspection, trace),
    )


def _text(words: str, style: str = "") -> Text:
    """What others wrote: no markup is read, and no control character reaches the terminal."""
    from rich.text import Text

    return Text(str(printable(words)), style=style)


def _title(words: str) -> Text:
    return _text(f"\n{words}", "bold")


def _verdict(inspection: Inspection) -> Iterator[RenderableType]:
    verdict = inspection.verdict
    word = (verdict.decision or "not decided").upper()
    name = PurePath(inspection.asset.path).name
    yield _text(f"{word}  {name}", f"bold {STYLES.get(verdict.decision or '', 'magenta')}")
    if verdict.status != "decided":
        yield _text(f"{verdict.status}: {'; '.join(inspection.degraded)}", "bold magenta")
    bar = score_bar(verdict)
    if bar:
        yield _text(bar)
    yield _text(verdict.reason)
    product = inspection.product or "unknown"
    yield _text(f"product {product}, mind {inspection.mind}, strategy {inspection.strategy}", "dim")


def score_bar(verdict: Verdict) -> str:
    """The score between 0 and 1 with its thresholds, drawn in one line; empty without a score."""
    if verdict.score is None:
        return ""
    cells = ["\u2500"] * (BAR_CELLS + 1)
    limits = verdict.thresholds
    for limit in [limits.low, limits.high] if limits else []:
        cells[round(min(max(limit, 0.0), 1.0) * BAR_CELLS)] = "\u253c"
    cells[round(verdict.score * BAR_CELLS)] = "\u25cf"
    band = f"  review from {limits.low:.2f}, anomalous from {limits.high:.2f}" if limits else ""
    uncalibrated = "" if verdict.calibrated else ", uncalibrated"
    return f"0 {''.join(cells)} 1  score {verdict.score:.2f}{band}{uncalibrated}"


def _findings(verdict: Verdict) -> Iterator[RenderableType]:
    if verdict.findings:
        yield _title("Findings")
    for finding in verdict.findings:
        rules = f" rules {', '.join(finding.rule_ids)}" if finding.rule_ids else ""
        cited = ", ".join(finding.evidence_ids)
        yield _text(f"  {finding.id}  {finding.claim} [{cited}]{rules}")
    if verdict.causes:
        yield _title("Likeliest cause")
        yield _text(f"  {cause_text(verdict)}")
    if verdict.remediation:
        yield _title("What to do")
    for one in verdict.remediation:
        yield _text(f"  {one.text} ({one.source})")


def _rounds(inspection: Inspection) -> Iterator[RenderableType]:
    for sight in inspection.evidence:
        if sight.tool in ("direct", "stability"):
            yield _title("At first sight" if sight.tool == "direct" else "Stability")
            yield _text(f"  {sight.text} [{sight.id}]")
    for one in inspection.rounds:
        yield _title(f"Round {one.number}{', submitted' if one.submitted else ''}")
        yield _text(f"  {one.thought}")
        yield from _steps(one)
        for candidate in one.candidates:
            cited = f" [{', '.join(candidate.evidence_ids)}]" if candidate.evidence_ids else ""
            yield _text(f"  - {candidate.claim} ({candidate.suspicion:.2f}){cited}", "dim")


def _steps(one: Round) -> Iterator[RenderableType]:
    for position, call in enumerate(one.tool_calls):
        yield _text(f"  > {call.tool}({arguments_words(call.arguments)})", "cyan")
        answer = one.observations[position] if position < len(one.observations) else "not run"
        shown = answer if len(answer) <= SHOWN_OF_ANSWER else f"{answer[:SHOWN_OF_ANSWER]}..."
        yield _text(f"    {shown}")


def _refuted(verdict: Verdict) -> Iterator[RenderableType]:
    if verdict.refuted:
        yield _title("Refuted")
    for one in verdict.refuted:
        yield _text(f"  {one.claim}")
        yield _text(f"    since {one.reason}", "dim")


def _evidence(inspection: Inspection) -> RenderableType:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Evidence", title_justify="left")
    table.add_column("id", no_wrap=True)
    table.add_column("tool", no_wrap=True)
    table.add_column("what it says", overflow="fold")
    table.add_column("source", overflow="fold")
    for one in inspection.evidence:
        table.add_row(_text(one.id), _text(one.tool), _text(one.text), _text(one.source))
    return table


def _cost(inspection: Inspection, trace: Trace) -> Iterator[RenderableType]:
    usage = inspection.usage
    parts = [seconds_words(usage.seconds)]
    if usage.vlm_calls:
        parts += [
            count_words(usage.vlm_calls, "model call"),
            f"{usage.input_tokens} tokens in ({usage.cached_tokens} cached)",
            f"{usage.output_tokens} out",
            count_words(usage.images, "picture"),
            cost_words(usage),
        ]
    yield _text(", ".join(parts), "dim")
    for call in trace.calls:
        if call.fault:
            told = f"{call.request.purpose}, attempt {call.attempt}: {call.fault}, {call.message}"
            yield _text(told, "magenta")
    if trace.torn:
        yield _text(f"{count_words(trace.torn, 'line')} of the trace cut off", "magenta")
