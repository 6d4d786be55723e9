"""Why there is no answer: from what an inspection recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.failures import failed_inspection
from agent.settings import load_settings
from agent.trace import TraceWriter
from evals.runner.reasons import FAULT_REASONS, ending_of, one_line, suite_budget_spent
from graphs.journal import CallLine
from graphs.minds.chat import ChatRequest, FaultKind
from graphs.records import Inspection, Verdict


def _failed(path: Path, reason: str) -> Inspection:
    return failed_inspection(path, load_settings(), reason=reason, product=None)


def _with(inspection: Inspection, mind: str = "embedded", **verdict: object) -> Inspection:
    said = Verdict.model_validate(
        {"decision": "normal", "reason": "r", "status": "decided"} | verdict
    )
    return inspection.model_copy(update={"verdict": said, "mind": mind})


def _trace(path: Path, *faults: FaultKind | None) -> Path:
    writer = TraceWriter(path)
    for number, fault in enumerate(faults, start=1):
        request = ChatRequest(purpose="look", messages=[])
        writer.write(
            CallLine(
                at="", key=request.key(), attempt=number, model="m", request=request, fault=fault
            )
        )
    writer.close()
    return path


def test_what_is_decided_has_no_reason(tmp_path: Path) -> None:
    assert ending_of(_with(_failed(tmp_path / "a.png", ""))).reason is None


@pytest.mark.parametrize("fault", FAULT_REASONS)
@pytest.mark.parametrize("status", ["degraded", "failed"])
def test_a_fault_of_the_model_is_its_last_one(
    tmp_path: Path, fault: FaultKind, status: str
) -> None:
    trace = _trace(tmp_path / "trace.jsonl", "timeout", None, fault, None)
    inspection = _with(
        _failed(tmp_path / "a.png", ""), status=status, decision=None, reason="no answer"
    )
    ending = ending_of(inspection, trace)
    assert (ending.status, ending.reason) == (status, FAULT_REASONS[fault])
    assert ending.detail == "no answer"


def test_a_file_that_is_no_picture_is_told_from_a_broken_instrument(tmp_path: Path) -> None:
    from PIL import Image

    broken, whole = tmp_path / "broken.png", tmp_path / "whole.png"
    broken.write_bytes(b"no picture")
    Image.new("RGB", (4, 4)).save(whole)
    assert ending_of(_failed(broken, "cannot be read")).reason == "image_unreadable"
    assert ending_of(_failed(tmp_path / "gone.png", "no such file")).reason == "image_unreadable"
    assert ending_of(_failed(whole, "RuntimeError: it broke")).reason == "instrument_failed"


def test_a_model_that_had_no_call_left_has_not_decided(tmp_path: Path) -> None:
    dry = "The score of 0.10 is low. Judged early: the budget of 1 VLM calls is spent (1 used)."
    plain = _failed(tmp_path / "a.png", "")
    by_experts = _with(plain, "vlm:m", reason=dry, raw_score=1.0, fusion={"patch_memory": 1.0})
    assert ending_of(by_experts)[:2] == ("degraded", "out_of_budget")
    nobody = _with(plain, "vlm:m", reason=dry, decision="review")
    assert ending_of(nobody)[:2] == ("failed", "out_of_budget")
    by_mind = _with(plain, "vlm:m", reason=dry, raw_score=1.0, fusion={"direct": 0.4})
    assert ending_of(by_mind)[:2] == ("decided", None)
    embedded = _with(plain, reason=dry, raw_score=1.0, fusion={"patch_memory": 1.0})
    assert ending_of(embedded)[:2] == ("decided", None)


def test_the_suites_own_budget_is_told_from_an_inspections(tmp_path: Path) -> None:
    spent = "BudgetSpent: the suite's budget of 1 US dollars is spent"
    assert suite_budget_spent(_failed(tmp_path / "a.png", spent))
    assert not suite_budget_spent(_failed(tmp_path / "a.png", "the budget of 1 rounds is spent"))


def test_a_long_text_is_cut_and_has_no_line_breaks() -> None:
    assert one_line("a\n b") == "a b"
    assert len(one_line("x" * 1000)) == 303
