"""Whoever may not read or write a file is told of it in one line, and nobody else is held up.

The commands run in a process that permissions bind, as they do not bind root.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from agent.batch.records import BatchRow
from agent.result_log import read_rows
from evals.benchmarks.tiny_product import write_tiny_product

PR_CAPBSET_DROP = 24
OVERRIDE_PERMISSIONS = (1, 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, see capabilities(7)."""
PROGRAM = """
import contextlib, io, json, os, sys
from agent.cli import run
for name, words in json.loads(sys.argv[1]).items():
    told = io.StringIO()
    if name == "rows":
        os.chmod("run/results.jsonl", 0o444)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(told):
        code = run(words)
    print(json.dumps([name, code, told.getvalue()]))
"""
COMMANDS = {
    "part": "batch parts --home home --out run",
    "folder": "batch closed --home home --out folder",
    "manifest": "batch list.csv --home home --out manifest",
    "out": "batch parts --home home --out kept/run",
    "home": "batch parts --home kept --out other",
    "rules": "knowledge add closed_rules/plate --home home",
    "reference": "knowledge add closed_reference/plate --home home",
    "watch": "watch watched --recursive --existing --quiet 0 --until-idle 0.2 --home home "
    "--out watch",
    "rows": "batch parts --home home --out run",
}
"""In this order; before the last one the rows of the first are closed for writing."""


def obey_permissions() -> None:
    """Root loses, from the next program on, the right to pass them by."""
    for capability in OVERRIDE_PERMISSIONS:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Exit code and errors of each command, and, as kept, the rows of the first one."""
    folder = tmp_path_factory.mktemp("closed")
    for name in ("parts", "closed"):
        (folder / name).mkdir()
        for number in range(2):
            pixels = np.random.default_rng(number).integers(0, 255, (48, 64, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    for name in ("closed_rules", "closed_reference"):
        write_tiny_product(folder / name)
    (folder / "list.csv").write_text("asset\nparts/0.png\n")
    (folder / "kept").mkdir()
    (folder / "watched/below").mkdir(parents=True)
    closed = {
        "parts/1.png": 0,
        "closed": 0,
        "list.csv": 0,
        "kept": 0o555,
        "watched/below": 0,
        "closed_rules/plate/rules.yaml": 0,
        "closed_reference/plate/references/plate_2.png": 0,
    }
    for name, mode in closed.items():
        (folder / name).chmod(mode)
    try:
        return dict(ran(folder))
    finally:
        for name in ("closed", "kept", "watched/below"):
            (folder / name).chmod(0o755)


def ran(folder: Path) -> Iterator[tuple[str, Any]]:
    commands = {name: words.split() for name, words in COMMANDS.items()}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(commands)],
        cwd=folder,
        preexec_fn=obey_permissions,
        capture_output=True,
        text=True,
        check=True,
    )
    for name, code, said in map(json.loads, done.stdout.splitlines()):
        errors = [line for line in said.splitlines() if line.startswith("error: ")]
        assert "Traceback" not in said
        yield name, (code, errors)
        yield f"{name}, all", said
    yield "kept", read_rows(folder / "run/results.jsonl", BatchRow)


def test_a_part_that_may_not_be_read_fails_alone(told: dict[str, Any]) -> None:
    assert told["part"] == (1, ["error: parts/1.png: may not be read; grant read permission"])
    assert {Path(one.asset).name: one.status for one in told["kept"]} == {
        "0.png": "decided",
        "1.png": "failed",
    }


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("folder", "'closed' cannot be read (Permission denied); check the path"),
        ("manifest", "list.csv: the manifest cannot be read ([Errno 13] Permission denied"),
        ("out", "kept/run: nothing can be written (Permission denied)"),
        ("home", "kept: cannot be written as a home (Permission denied); name another"),
        ("rules", "rules.yaml: cannot be read: Permission denied"),
        ("reference", "plate_2.png: may not be read; grant read permission"),
        ("rows", "run/results.jsonl: nothing can be written (Permission denied)"),
    ],
)
def test_what_a_whole_command_needs_is_told_in_one_line(
    told: dict[str, Any], command: str, line: str
) -> None:
    code, errors = told[command]

    assert (code, len(errors)) == (1, 1)
    assert line in errors[0]


def test_a_folder_that_a_watch_may_not_list_is_told_once(told: dict[str, Any]) -> None:
    lines = [line for line in told["watch, all"].splitlines() if "may not be listed" in line]

    assert told["watch"] == (0, [])
    assert len(lines) == 1
    assert "watched/below: may not be listed, so nothing in it is seen; let it be read" in lines[0]
