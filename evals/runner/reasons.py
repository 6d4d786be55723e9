"""How a sample ended: decided, degraded or failed, and for the latter two one of five reasons.

Knows no suite. Nothing here turns a failure into an answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from agent.purse import BudgetSpent
from evals.runner.rows import Reason
from graphs.fusion import MIND_SOURCES
from graphs.minds.chat import FaultKind
from graphs.records import Inspection, Status
from tools.errors import AssetError

FAULT_REASONS: dict[FaultKind, Reason] = {
    "refusal": "refused",
    "truncated": "unparsable",
    "empty": "unparsable",
    "unreadable": "unparsable",
    "unknown_region": "unparsable",
    "timeout": "instrument_failed",
    "rate_limited": "instrument_failed",
    "server_error": "instrument_failed",
    "connection": "instrument_failed",
    "refused_request": "instrument_failed",
    "not_recorded": "instrument_failed",
}
"""Of a fault of a model's call. What a server does is no answer of the mind."""
EARLY = "Judged early: the budget of"
"""How a verdict says that the inspection's own budget ended it."""
EMBEDDED = "embedded"
MAX_DETAIL = 300


class Ending(NamedTuple):
    """How it ended, why, and in a line."""

    status: Status
    reason: Reason | None = None
    detail: str = ""


def suite_budget_spent(inspection: Inspection) -> bool:
    """Whether it was the suite's budget that ended an inspection: such a sample stays undone."""
    return inspection.verdict.reason.startswith(f"{BudgetSpent.__name__}:")


def ending_of(inspection: Inspection, trace: Path | None = None) -> Ending:
    """How an inspection ended.

    A model that had no call left before it gave a score of its own has left the decision to the
    experts, whatever the record calls that: degraded, or failed where they have none either.

    Args:
        inspection: as it was recorded.
        trace: its trace, which tells what went wrong with the model's calls; None where there is
            none.
    """
    verdict = inspection.verdict
    detail = one_line(verdict.reason)
    if verdict.status == "decided":
        if not _ran_dry(inspection):
            return Ending("decided")
        status: Status = "failed" if verdict.raw_score is None else "degraded"
        return Ending(status, "out_of_budget", detail)
    fault = last_fault(trace)
    if fault is not None:
        return Ending(verdict.status, FAULT_REASONS[fault], detail)
    if not inspection.views and not is_readable(Path(inspection.asset.path)):
        return Ending(verdict.status, "image_unreadable", detail)
    return Ending(verdict.status, "instrument_failed", detail)


def _ran_dry(inspection: Inspection) -> bool:
    """Whether the budget of one inspection was spent before its model had said anything."""
    if inspection.mind == EMBEDDED or EARLY not in inspection.verdict.reason:
        return False
    return not set(MIND_SOURCES) & inspection.verdict.fusion.keys()


def is_readable(path: Path) -> bool:
    """Whether Loupe can read the picture."""
    from tools.assets import open_picture

    try:
        open_picture(path)
    except AssetError:
        return False
    return True


def last_fault(trace: Path | None) -> FaultKind | None:
    """The fault of the last call that had one; None where none had, or nothing was traced."""
    if trace is None or not trace.is_file():
        return None
    from agent.trace import read_trace

    faults = [call.fault for call in read_trace(trace).calls if call.fault is not None]
    return faults[-1] if faults else None


def one_line(text: str) -> str:
    """A text without line breaks, cut where it is long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= MAX_DETAIL else f"{flat[:MAX_DETAIL]}..."
