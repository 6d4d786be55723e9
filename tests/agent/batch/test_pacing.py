"""What became of a batch's calls is told, and noted in `run.json` over all processes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.batch.pacing import calls_line
from agent.batch.records import BatchRow
from agent.chat_models.paced_chat import CallCounts
from agent.loopback import ChatRequest, PixelReader, Reply, Scripted, WireFault, loopback_endpoint

Batch = Callable[..., int]
Rows = Callable[[], list[BatchRow]]


def busy(request: ChatRequest) -> Reply:
    fault = WireFault(kind="status", status=429, message="busy", retry_after_s=0.1)
    return Reply(fault=fault)


def noted() -> Any:
    return json.loads(Path("run/run.json").read_text("utf-8"))["vlm_calls"]


def test_refusals_for_load_are_waited_out_and_counted_as_retries(
    batch: Batch, rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = PixelReader()
    lines = [busy, reader.reply, busy, *[reader.reply] * 20]
    with loopback_endpoint({"busy": Scripted(lines)}) as endpoint:
        asked = ["--model", "busy", "--base-url", endpoint.base_url, "--strategy", "direct"]
        assert batch(*asked, "--concurrency", 1, "--limit", 3) == 0
        first = noted()
        assert batch(*asked, "--concurrency", 1) == 0

        assert endpoint.record.n_requests == 8
    assert {one.status for one in rows()} == {"decided"}
    assert (first["calls"], first["retries"], first["errors"]) == (5, 2, 0)
    assert first["rate_limited"] == 2
    assert first["paused_s"] == pytest.approx(0.2, abs=0.02)
    assert (noted()["calls"], noted()["answered"], noted()["retries"]) == (8, 6, 2)
    said = capsys.readouterr()
    assert "; 2 retries and 0 errors, after 2 refusals for load" in said.out
    assert "calls under way" in said.err


def test_without_faults_nothing_is_told() -> None:
    assert calls_line(CallCounts(calls=3, answered=3)) == ""


def test_all_kinds_of_faults_are_told() -> None:
    counts = CallCounts(
        calls=9, answered=3, retries=4, rate_limited=2, overloaded=1, timeouts=2, other_faults=1
    )

    told = "4 retries and 2 errors, after 3 refusals for load, 2 timeouts, 1 other fault"
    assert calls_line(counts) == told
