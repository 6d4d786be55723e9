"""Rows made again from what a run recorded, with no call of any model.

What is read again: an inspection's record and trace, a model's answers in the trace, by the readers
of now. What is measured by the picture itself (an oracle, a plain difference) stays as it is, and
so does what a verdict of the embedded mind answered to a prompt: the options are not recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evals.results.records import Results
from evals.runner.reading import Heard, hear
from evals.runner.reasons import FAULT_REASONS, Ending, ending_of, one_line
from evals.runner.rows import Row
from evals.suites.records import Asking, Condition
from tools.errors import LoupeError

RECORD, TRACE = "inspection.json", "trace.jsonl"
SAID = ("decision", "raw_score", "score", "sources", "boxes_xyxy", "answer")
"""Fields of a row that say what came out."""


class RescoreError(LoupeError):
    """What a run recorded is not there any more."""


class Rescored(NamedTuple):
    """A run with its rows made again."""

    results: Results
    n_read: int
    """Rows that were read again."""
    changed: list[str]
    """Tasks whose rows came out otherwise."""


def rescore(results: Results) -> Rescored:
    """Make every row again.

    Raises:
        RescoreError: a record that a row names is missing.
    """
    conditions = {one.name: one for one in results.suite.conditions}
    rows, n_read, changed = [], 0, []
    for row in results.rows:
        again = _again(results, row, conditions[row.condition])
        n_read += again is not None
        rows.append(again or row)
        if again is not None and again.outcome() != row.outcome():
            changed.append(row.task)
    return Rescored(Results(results.folder, results.manifest, tuple(rows)), n_read, changed)


def _again(results: Results, row: Row, condition: Condition) -> Row | None:
    """None where nothing was recorded that could be read."""
    if not row.record:
        return None
    path = results.folder / row.record
    if not path.is_file():
        raise RescoreError(
            f"{path} is missing, which the row of {row.task!r} rests on; restore it, or run the "
            "sample again"
        )
    asks = results.suite.method(condition) == "bare_model"
    if path.name == RECORD:
        return None if asks else _of_inspection(row, path)
    asking = results.suite.asked(condition)
    return None if asking is None else _of_answers(row, path, asking)


def _of_inspection(row: Row, path: Path) -> Row:
    from evals.runner.methods.inspecting import what_it_says
    from graphs.records import Inspection

    inspection = Inspection.model_validate_json(path.read_bytes())
    ending = ending_of(inspection, path.with_name(TRACE))
    return _ended(row, ending, what_it_says(inspection, ending) | {"spent": row.spent})


def _of_answers(row: Row, path: Path, asking: Asking) -> Row:
    """The last answer of each turn is read again; a turn that never had one fails."""
    from agent.trace import read_trace
    from graphs.minds.vlm.asking import Unusable, read_reply

    numbers = range(1, 1 + int(row.values.get("n_regions", 0)))
    answers: list[Heard] = []
    for call in _last_of_each_turn(read_trace(path).calls):
        if call.reply is None:
            reason = FAULT_REASONS[call.fault or "empty"]
            return _ended(row, Ending("failed", reason, one_line(call.message)), {})
        try:
            answers.append(
                read_reply(
                    call.reply, lambda reply, _: hear(reply.text, asking, numbers), last=True
                )
            )
        except Unusable as fault:
            return _ended(row, Ending("failed", FAULT_REASONS[fault.kind], fault.reason), {})
    if not answers:
        return row
    return _ended(row, Ending("decided"), Heard.together(answers).as_values())


def _last_of_each_turn(calls: Sequence[Any]) -> list[Any]:
    """The calls that ended a turn: each that had no fault, and the last one of all."""
    return [call for call in calls if call is calls[-1] or call.fault is None]


def _ended(row: Row, ending: Ending, said: dict[str, Any]) -> Row:
    empty = {name: Row.model_fields[name].get_default(call_default_factory=True) for name in SAID}
    changes = {
        **empty,
        "status": ending.status,
        "reason": ending.reason,
        "detail": ending.detail or (row.detail if ending.status == "decided" else ""),
        **said,
    }
    return Row.model_validate({**row.model_dump(), **changes})
