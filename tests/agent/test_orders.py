from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.cli import run as run_command_line
from agent.orders import as_done, read_labels
from tools.errors import SettingsError


def test_labels_are_read_as_a_command_line_has_them() -> None:
    assert read_labels(["station=S3", "Time = 2026-11-24"]) == {
        "station": "S3",
        "time": "2026-11-24",
    }
    assert read_labels(None) == {}


@pytest.mark.parametrize("wrong", ["station", "=S3", "station=", "a b=c"])
def test_what_is_no_label_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="NAME=VALUE"):
        read_labels([wrong])


async def test_so_many_run_at_once_and_all_come() -> None:
    running = 0
    most = 0

    async def work(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return number

    def waiting() -> Iterator[Any]:
        yield from (work(number) for number in range(7))

    assert sorted([one async for one in as_done(waiting(), at_once=3)]) == list(range(7))
    assert most == 3


async def test_those_under_way_are_cancelled_with_the_iterator() -> None:
    cancelled = []

    async def work(number: int) -> int:
        if number == 0:
            return number
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(number)
            raise
        return number

    done = as_done(iter([work(0), work(1)]), at_once=2)
    assert await anext(done) == 0
    await done.aclose()

    assert cancelled == [1]


def test_labels_of_the_command_line_stand_in_the_record_and_in_the_run(
    home: Path, strange: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["inspect", str(strange), "--home", str(home), "--json"]
    assert run_command_line([*asked, "--label", "station=S3", "--label", "lot=L2"]) == 0
    printed = json.loads(capsys.readouterr().out)
    (run,) = (home / "runs").iterdir()

    assert printed["labels"] == {"station": "S3", "lot": "L2"}
    assert json.loads((run / "run.json").read_bytes())["labels"] == printed["labels"]
    assert run_command_line([*asked, "--label", "station"]) == 1
    assert "a label must be NAME=VALUE" in capsys.readouterr().err
