"""`loupe batch --deferred` over loopback: wave after wave, nothing submitted twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.batch.records import BatchRow
from agent.loopback import ChatRequest, Loopback, PixelReader, Reply, Scripted, loopback_endpoint
from agent.result_log import read_rows

Batch = Callable[..., int]
Rows = Callable[[], list[BatchRow]]
WAITS = 4
DIRECT = ("--strategy", "direct")


@pytest.fixture
def endpoint() -> Iterator[Loopback]:
    with loopback_endpoint({"eyes": PixelReader()}) as served:
        yield served


@pytest.fixture
def deferred(batch: Batch, endpoint: Loopback) -> Batch:
    def run(*words: object) -> int:
        asked = ["--model", "eyes", "--base-url", endpoint.base_url, "--deferred", "--limit", 3]
        return batch(*asked, *words)

    return run


def told(rows: list[BatchRow]) -> dict[str, Any]:
    """What rows say of their parts, by file; times and money left out."""
    skipped = {"seconds", "created", "cost_usd", "inspection", "task"}
    return {Path(one.asset).name: one.model_dump(exclude=skipped) for one in rows}


def twice(endpoint: Loopback) -> list[str]:
    return [key for key, n in endpoint.batches.asked.items() if n > 1]


def test_it_submits_and_ends_and_the_same_command_collects(
    deferred: Batch, rows: Rows, endpoint: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint.batches.hold = True
    assert deferred(*DIRECT) == WAITS
    assert rows() == []
    said = capsys.readouterr()
    assert "wave 1: 3 questions of 3 rows in 1 batch; 0 of 3 rows done" in said.err
    assert "3 questions wait in 1 batch at the server; the same command collects" in said.err

    assert deferred(*DIRECT) == WAITS
    endpoint.batches.hold = False
    assert deferred(*DIRECT) == 0

    assert [one.status for one in rows()] == ["decided"] * 3
    assert len(endpoint.batches.batches) == 1
    assert endpoint.record.n_requests == 0
    assert ": 3 of 3 answered" in capsys.readouterr().err
    assert deferred(*DIRECT) == 0
    assert len(endpoint.batches.batches) == 1


def test_rounds_go_on_wave_after_wave_and_come_out_as_when_they_are_asked_at_once(
    deferred: Batch, batch: Batch, rows: Rows, endpoint: Loopback
) -> None:
    assert deferred("--wait", "--limit", 2) == 0
    waves = [len(one.lines) for one in endpoint.batches.batches.values()]
    assert twice(endpoint) == []

    at_once = ["--model", "eyes", "--base-url", endpoint.base_url, "--limit", 2]
    assert batch(*at_once, "--no-keep-answers", "--out", "other") == 0

    asked_at_once = read_rows(Path("other/results.jsonl"), BatchRow)
    assert told(rows()) == told(asked_at_once)
    assert sum(waves) == endpoint.record.n_requests
    # At first sight and in the first round in one wave.
    assert (waves[0], len(waves) > 1) == (4, True)


def test_a_batch_answer_costs_half(
    deferred: Batch, batch: Batch, rows: Rows, endpoint: Loopback
) -> None:
    Path("home").mkdir()
    Path("home/loupe.toml").write_text("input_usd = 10.0\noutput_usd = 20.0\n")
    assert deferred(*DIRECT, "--wait", "--limit", 2) == 0
    at_once = ["--model", "eyes", "--base-url", endpoint.base_url, "--limit", 2, *DIRECT]
    assert batch(*at_once, "--no-keep-answers", "--out", "other") == 0

    whole = [one.cost_usd for one in read_rows(Path("other/results.jsonl"), BatchRow)]
    halves = [one.cost_usd for one in rows()]
    assert sum(whole) > 0
    assert sum(halves) == pytest.approx(sum(whole) / 2)


def test_what_expired_is_asked_again_and_nothing_else(
    deferred: Batch, rows: Rows, endpoint: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint.batches.expire_after = 2
    assert deferred(*DIRECT, "--wait") == 0

    assert [one.status for one in rows()] == ["decided"] * 3
    assert [len(one.lines) for one in endpoint.batches.batches.values()] == [3, 1]
    assert ": 2 of 3 answered; asked again: 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fault", "n_sent", "reason"),
    [
        ("server_error", 3, "the batch API gave no answer in 3 batches"),
        ("refusal", 3, "it was a refusal"),
        ("broken_json", 3, "unreadable"),
    ],
)
def test_what_fails_by_itself_is_an_ordinary_fault_in_the_end(
    batch: Batch, rows: Rows, fault: str, n_sent: int, reason: str
) -> None:
    with loopback_endpoint({"bad": Scripted([fault], at_end="repeat")}) as endpoint:
        asked = ["--model", "bad", "--base-url", endpoint.base_url, "--deferred", "--wait"]
        batch(*asked, *DIRECT, "--limit", 1)
        (row,) = rows()

    assert row.decision in (None, "review")
    assert reason in row.reason
    assert len(endpoint.batches.batches) == n_sent


def test_a_parameter_that_the_server_refuses_is_left_out_in_the_next_wave(
    batch: Batch, rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    eyes = PixelReader()

    def plain(request: ChatRequest) -> Reply:
        from agent.loopback import Refused

        if "response_format" in request.body:
            raise Refused("response_format is not supported", param="response_format")
        return eyes.reply(request)

    with loopback_endpoint({"plain": Scripted([plain], at_end="repeat")}) as endpoint:
        asked = [
            "--model",
            "plain",
            "--base-url",
            endpoint.base_url,
            "--deferred",
            *DIRECT,
            "--limit",
            2,
        ]
        endpoint.batches.hold = True
        for _ in range(3):
            batch(*asked)
            endpoint.batches.hold = False
        waves = [len(one.lines) for one in endpoint.batches.batches.values()]

    assert waves == [2, 2]
    assert [one.status for one in rows()] == ["decided"] * 2
    assert capsys.readouterr().err.count("the server refuses response_format") == 1


def test_calls_beyond_the_budget_are_not_submitted(
    deferred: Batch, rows: Rows, endpoint: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deferred(*DIRECT, "--wait", "--budget-calls", 2) == 1
    assert (len(rows()), sum(endpoint.batches.asked.values())) == (2, 2)
    assert "1 of 3 rows are not done: the run's budget of 2 calls" in capsys.readouterr().err

    assert deferred(*DIRECT, "--wait") == 0
    assert (len(rows()), sum(endpoint.batches.asked.values())) == (3, 3)


def test_money_is_watched_before_it_is_spent(deferred: Batch, endpoint: Loopback) -> None:
    Path("home").mkdir()
    # A thousand dollars a million tokens: one answer may come to more than a dollar.
    Path("home/loupe.toml").write_text("input_usd = 1000.0\noutput_usd = 1000.0\n")
    assert deferred(*DIRECT, "--wait", "--budget-usd", 0.5) == 1
    assert endpoint.batches.batches == {}


def test_what_was_cancelled_keeps_what_was_answered_and_is_asked_again(
    deferred: Batch, rows: Rows, endpoint: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint.batches.hold = True
    assert deferred(*DIRECT) == WAITS
    assert deferred(*DIRECT, "--cancel") == 0
    assert "cancelled batches: 1, with 3 questions" in capsys.readouterr().err
    (first,) = endpoint.batches.batches.values()
    assert first.state == "cancelled"

    endpoint.batches.hold = False
    assert deferred(*DIRECT, "--wait") == 0
    assert [one.status for one in rows()] == ["decided"] * 3


def test_a_file_that_the_server_refuses_as_a_whole_is_told(
    batch: Batch, capsys: pytest.CaptureFixture[str]
) -> None:
    with loopback_endpoint({"eyes": PixelReader()}) as endpoint:
        asked = [
            "--model",
            "none",
            "--base-url",
            endpoint.base_url,
            "--deferred",
            *DIRECT,
            "--limit",
            4,
        ]
        assert batch(*asked) == WAITS
        assert batch(*asked) == 1
    said = capsys.readouterr().err
    assert "line 1: The model 'none' does not exist." in said
    assert "and 1 more; mend what it says" in said


def test_where_nobody_listens_one_line_says_so_and_the_run_goes_on_later(
    batch: Batch, rows: Rows, endpoint: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--model", "eyes", "--deferred", "--wait", *DIRECT, "--limit", 1]
    assert batch(*asked, "--base-url", "http://127.0.0.1:1/v1") == 1
    assert "the batch API failed to submit wave-0001-1.jsonl" in capsys.readouterr().err

    assert batch(*asked, "--base-url", endpoint.base_url) == 0
    assert len(rows()) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--deferred"], "the embedded mind is asked in this process"),
        (["--deferred", "--model", "m", "--endpoint", "http://a/v1"], "names several"),
        (["--deferred", "--model", "m", "--dry-run", 2], "--dry-run asks at once"),
    ],
)
def test_what_cannot_be_deferred_is_refused(
    batch: Batch, capsys: pytest.CaptureFixture[str], words: list[object], told: str
) -> None:
    assert batch(*words) == 1
    assert told in capsys.readouterr().err
    assert not Path("run").exists()


def test_wait_without_deferred_is_a_wrong_use(batch: Batch) -> None:
    assert batch("--wait") == 2


def test_a_row_that_waits_leaves_no_record_of_a_failure(
    deferred: Batch, endpoint: Loopback
) -> None:
    endpoint.batches.hold = True
    deferred(*DIRECT)

    assert list(Path("run").rglob("inspection.json")) == []
    lines = Path("run/deferred/wave-0001-1.jsonl").read_text("utf-8").splitlines()
    requests = [json.loads(one) for one in lines]
    assert {tuple(one) for one in requests} == {("custom_id", "method", "url", "body")}
