"""Hosts of network namespaces reach each other alone, and runs over them are compared row by row.

The runs themselves need minutes and root: `python -m evals.benchmarks.ray_hosts`.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from agent.batch.records import BatchRow
from agent.result_log import FILE
from evals.benchmarks.ray_hosts import cabled, n_done, ran
from tools.errors import SettingsError


def row(number: int, decision: str = "normal") -> BatchRow:
    return BatchRow.model_validate(
        {"task": f"t{number}", "asset": f"{number}.png", "status": "decided", "decision": decision}
    )


def write(path: Path, *rows: BatchRow) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{one.model_dump_json()}\n" for one in rows))


def test_two_hosts_have_a_cable_and_nothing_of_them_stays() -> None:
    if subprocess.run(["ip", "netns", "list"], capture_output=True, check=False).returncode:
        pytest.skip("network namespaces cannot be made: run as root")
    try:
        with cabled() as hosts:
            for host, other in (hosts, hosts[::-1]):
                way = ["ip", "route", "get", other.address]
                told = subprocess.run(host.command(way), capture_output=True, text=True, check=True)
                assert f"src {host.address}" in told.stdout
            sleeping = subprocess.Popen(hosts[1].command(["sleep", "60"]))
            while not hosts[1].pids():
                time.sleep(0.01)
            hosts[1].lose()
            assert sleeping.wait(10) == -9
    except SettingsError:
        pytest.skip("network namespaces cannot be made: run as root")

    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    assert not {host.name for host in hosts} & set(left.stdout.split())


def test_rows_that_differ_are_missing_or_doubled_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    alone = [row(1), row(2), row(3, "anomalous")]
    write(Path("same") / FILE, *reversed(alone))
    write(Path("other") / FILE, row(1), row(2, "review"), row(2, "review"))

    same = ran("same", "same", alone, died_at=2, since=time.monotonic())
    other = ran("other", "other", alone, died_at=0, since=time.monotonic())

    assert (same.n_rows, same.n_lines, same.differing) == (3, 3, 0)
    assert (other.n_rows, other.n_lines, other.differing) == (2, 3, 2)
    assert same.line() == "| same | 3 | 0 | 0 | 2 | 0 |"


def test_rows_count_wherever_they_were_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert n_done("run") == 0

    write(Path("run") / FILE, row(1))
    write(Path("run/workers/0-17-abc") / FILE, row(2), row(3))

    assert n_done("run") == 3
