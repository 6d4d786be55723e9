"""Rows on disk: safe one by one, never torn, never twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.result_log import ResultError, ResultLog, read_rows
from evals.runner.rows import Row


def _row(task: str, *, reason: str | None = None) -> Row:
    return Row.model_validate(
        {
            "task": task,
            "condition": "c",
            "data_set": "s",
            "product": "",
            "sample": task,
            "gt_label": 0,
            "status": "failed" if reason else "decided",
            "reason": reason,
        }
    )


def test_what_was_appended_is_there_in_the_next_process(tmp_path: Path) -> None:
    with ResultLog(tmp_path, Row) as log:
        log.append(_row("b"))
        log.append(_row("a"))
    with ResultLog(tmp_path, Row) as log:
        assert [row.task for row in log.rows] == ["a", "b"]
        assert ("a" in log, "c" in log) == (True, False)


def test_a_line_torn_by_a_kill_is_cut_off_and_its_task_is_open(tmp_path: Path) -> None:
    with ResultLog(tmp_path, Row) as log:
        log.append(_row("a"))
        log.append(_row("b"))
    path = tmp_path / "results.jsonl"
    whole = path.read_bytes()
    first = whole[: whole.index(b"\n") + 1]
    for n_kept in range(len(first), len(whole), 29):
        path.write_bytes(whole[:n_kept])
        with ResultLog(tmp_path, Row) as log:
            assert [row.task for row in log.rows] == ["a"]
            log.append(_row("b"))
        assert path.read_bytes() == whole


def test_a_task_is_not_written_twice(tmp_path: Path) -> None:
    with ResultLog(tmp_path, Row) as log:
        log.append(_row("a"))
        with pytest.raises(ResultError, match="'a' has its row already"):
            log.append(_row("a"))


def test_rows_that_are_added_at_once_are_all_there_and_none_twice(tmp_path: Path) -> None:
    async def run(log: ResultLog[Row]) -> None:
        await asyncio.gather(*(log.add(_row(f"{number}")) for number in range(20)))
        with pytest.raises(ResultError, match="'7' has its row already"):
            await log.add(_row("7"))

    with ResultLog(tmp_path, Row) as log:
        asyncio.run(run(log))
        assert {log.row(f"{number}").task for number in range(20)} == {str(n) for n in range(20)}
    assert len(read_rows(tmp_path / "results.jsonl", Row)) == 20


def test_two_processes_cannot_write_into_one_folder(tmp_path: Path) -> None:
    with ResultLog(tmp_path, Row), pytest.raises(ResultError, match="in use by another run"):
        ResultLog(tmp_path, Row).__enter__()


def test_what_is_done_again_replaces_what_was(tmp_path: Path) -> None:
    with ResultLog(tmp_path, Row) as log:
        log.append(_row("a", reason="instrument_failed"))
        log.append(_row("b", reason="refused"))
        assert log.forget(lambda row: row.reason == "instrument_failed") == 1
        log.append(_row("a"))
    with ResultLog(tmp_path, Row) as log:
        assert [(row.task, row.reason) for row in log.rows] == [("a", None), ("b", "refused")]
    assert len(read_rows(tmp_path / "results.jsonl", Row)) == 3


def test_a_line_that_is_no_row_is_named(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text('{"task": "a"}\n')
    with pytest.raises(ResultError, match=r"results.jsonl line 1 is no row of results \(condition"):
        ResultLog(tmp_path, Row).__enter__()
    # The lock was let go of.
    (tmp_path / "results.jsonl").unlink()
    with ResultLog(tmp_path, Row) as log:
        assert log.rows == []
