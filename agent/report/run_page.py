"""The page of a run: a row for each inspection, with a link to its page. Reads no file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple
from urllib.parse import quote

from agent.report.inspection_page import DECISIONS
from agent.report.page import render
from agent.rows import cause_text, finding_text, score_text
from graphs.records import Inspection

ORDER = ("anomalous", "review", "normal")


class Summary(NamedTuple):
    """One row."""

    name: str
    address: str
    """Of its page, seen from the run's."""
    decision: str
    """As a word; what there is no decision for is called by its status."""
    tone: str
    status: str
    product: str
    score: str
    findings: str
    cause: str
    mind: str
    seconds: float
    cost_usd: float
    vlm_calls: int

    @classmethod
    def of(cls, inspection: Inspection, *, folder: str, has_page: bool) -> Summary:
        """The row of an inspection that lies in a folder of this name, and may have no page."""
        verdict = inspection.verdict
        return cls(
            name=PurePath(inspection.asset.path).name,
            address=f"inspections/{quote(folder)}/report.html" if has_page else "",
            decision=DECISIONS.get(verdict.decision or "", verdict.status.capitalize()),
            tone=verdict.decision or "undecided",
            status=verdict.status,
            product=inspection.product or "unknown",
            score=score_text(verdict),
            findings=finding_text(verdict),
            cause=cause_text(verdict),
            mind=inspection.mind,
            seconds=inspection.usage.seconds,
            cost_usd=inspection.usage.cost_usd,
            vlm_calls=inspection.usage.vlm_calls,
        )


def run_page(run: str, document: Mapping[str, Any], summaries: Sequence[Summary]) -> str:
    """The whole page, as HTML without anything outside it.

    Args:
        run: its name.
        document: what `run.json` says.
        summaries: a row for each, in the order of their names.
    """
    counts = Counter(one.tone for one in summaries)
    told = [(DECISIONS[tone], tone, counts[tone]) for tone in ORDER if counts[tone]]
    if counts["undecided"]:
        told.append(("Not decided", "undecided", counts["undecided"]))
    return render(
        "run.html.jinja",
        run=run,
        summaries=summaries,
        counts=told,
        n_degraded=sum(one.status == "degraded" for one in summaries),
        created=str(document.get("created", "")),
        settings=document["settings"],
        versions=document.get("versions", {}),
        seconds=sum(one.seconds for one in summaries),
        cost_usd=sum(one.cost_usd for one in summaries),
        vlm_calls=sum(one.vlm_calls for one in summaries),
    )
