"""Rows that workers wrote come into the run's log once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from agent.batch.engines.parts import part_folder, parts_of, take_in
from agent.batch.records import BatchRow
from agent.result_log import FILE, ResultLog, read_rows


def row(task: str, reason: str = "") -> BatchRow:
    return BatchRow(task=task, asset=f"{task}.png", status="failed", reason=reason)


def write(run: Path, number: int, *rows: BatchRow) -> Path:
    folder = part_folder(run, number)
    with ResultLog(folder, BatchRow) as log:
        log.extend(rows)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run"


def said(run: Path) -> list[tuple[str, str]]:
    return [(one.task, one.reason) for one in read_rows(run / FILE, BatchRow)]


def test_two_processes_of_one_worker_have_two_folders(run: Path) -> None:
    assert part_folder(run, 0) != part_folder(run, 0)


def test_a_task_that_two_workers_did_has_one_row(run: Path) -> None:
    write(run, 0, row("a", "first"), row("b"))
    write(run, 1, row("a", "second"), row("c"))

    with ResultLog(run, BatchRow) as log:
        assert take_in(run, log) == 3

    assert said(run) == [("a", "first"), ("b", ""), ("c", "")]
    assert parts_of(run) == []


def test_a_row_that_the_log_has_stays(run: Path) -> None:
    write(run, 0, row("a", "later"))

    with ResultLog(run, BatchRow) as log:
        log.append(row("a", "earlier"))
        assert take_in(run, log) == 0

    assert said(run) == [("a", "earlier")]


def test_a_torn_row_is_left_out(run: Path) -> None:
    folder = write(run, 0, row("a"), row("b"))
    whole = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(whole[:-20])

    with ResultLog(run, BatchRow) as log:
        assert take_in(run, log) == 1

    assert said(run) == [("a", "")]


def test_what_a_process_still_writes_is_taken_in_and_stays(run: Path) -> None:
    folder = write(run, 0, row("a"))

    with FileLock(folder / ".lock"), ResultLog(run, BatchRow) as log:
        assert take_in(run, log) == 1
        assert take_in(run, log) == 0

    assert parts_of(run) == [folder]
    assert said(run) == [("a", "")]


def test_a_process_that_is_about_to_end_is_waited_for(run: Path) -> None:
    part = write(run, 0, row("a"))
    ending = FileLock(part / ".lock")
    ending.acquire()

    with ResultLog(run, BatchRow) as log, ThreadPoolExecutor(1) as pool:
        taking = pool.submit(take_in, run, log, wait_s=60.0)
        # Not needed to pass: it gives whoever does not wait the time to be wrong.
        time.sleep(0.2)
        assert parts_of(run) == [part]
        ending.release()
        assert taking.result() == 1

    assert parts_of(run) == []
