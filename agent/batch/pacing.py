"""How the calls of a batch's VLM go, for people and for `run.json`. Knows no server."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.answers import KeptChat
    from agent.chat_models.paced_chat import CallCounts
    from agent.run_folder import RunFolder

FIELD = "vlm_calls"
"""Of `run.json`: what became of the calls of all processes of the run."""


def pace_line(chat: KeptChat | None) -> str:
    """How calls go now, in words; empty where there is nothing to tell."""
    pace = None if chat is None else chat.pace
    return "" if pace is None else pace.line()


def note_calls(run: RunFolder, chat: KeptChat | None) -> CallCounts | None:
    """Add what became of this process's calls to `run.json`, and give it."""
    from agent.chat_models.paced_chat import CallCounts

    pace = None if chat is None else chat.pace
    if pace is None or not (run.root / "run.json").is_file():
        return None
    document = run.read_run()
    before = document.get(FIELD, {})
    known = {name: before[name] for name in asdict(CallCounts()) if name in before}
    total = CallCounts(**known).plus(pace.counts)
    lowest = min(pace.lowest, before.get("fewest_at_once", pace.lowest))
    if pace.counts.calls:
        answered = Counter(before.get("answered_by", {})) + Counter(pace.answered_by)
        noted = {**asdict(total), "errors": total.errors, "fewest_at_once": lowest}
        if answered:
            noted["answered_by"] = dict(answered)
        run.write_run({**document, FIELD: noted})
    return pace.counts


def calls_line(counts: CallCounts) -> str:
    """`5 retries and 1 error, after 4 refusals for load, 2 timeouts`; empty where none failed."""
    refused = counts.rate_limited + counts.overloaded
    faults = [
        _told(refused, "refusal", " for load"),
        _told(counts.timeouts, "timeout"),
        _told(counts.other_faults, "other fault"),
    ]
    told = ", ".join(one for one in faults if one[0] != "0")
    if not told:
        return ""
    waited = f"; all waited {counts.paused_s:.0f} s" if counts.paused_s >= 1 else ""
    retries = "1 retry" if counts.retries == 1 else f"{counts.retries} retries"
    return f"{retries} and {_told(counts.errors, 'error')}, after {told}{waited}"


def _told(n: int, what: str, more: str = "") -> str:
    return f"{n} {what}{'' if n == 1 else 's'}{more}"
