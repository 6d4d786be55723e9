"""What lands is inspected once, in order, whatever happens to files, folders and the process."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest

from agent.batch.records import BatchRow
from agent.batch.wanted import Wanted
from agent.cli import run as loupe
from agent.failures import digest_of
from agent.result_log import read_rows
from agent.settings import load_settings
from agent.watching.setting_up import watch_wanted
from agent.watching.wanted import WantedWatch

WAIT_S = 60.0
UntilDone = Callable[[Callable[[], int], Callable[[], object]], int]


@pytest.fixture
def line(learned_plate: Any, tmp_path: Path, until_done: UntilDone) -> Line:
    shutil.copytree(learned_plate.home, tmp_path / "home")
    (tmp_path / "in").mkdir()
    normal, spotted = learned_plate.normal.read_bytes(), learned_plate.spotted.read_bytes()
    return Line(normal, spotted, until_done)


class Line:
    """A folder that a camera fills, and what Loupe makes of it."""

    def __init__(self, normal: bytes, spotted: bytes, until_done: UntilDone) -> None:
        self.normal, self.spotted = normal, spotted
        self.until_done = until_done
        self.stderr = io.StringIO()

    def drop(self, name: str, data: bytes) -> Path:
        path = Path("in") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def watch(self, *words: object) -> int:
        """Until nothing is left to be done."""
        return self._watch("--until-idle", 1, *words)

    def watch_meanwhile(self, act: Callable[[], object], *words: object) -> int:
        """Does something as soon as the folder is under watch, and ends the watch after it."""

        def wait_and_act() -> None:
            until(lambda: "stop with Ctrl-C" in self.said)
            act()

        return self.until_done(lambda: self._watch(*words), wait_and_act)

    def _watch(self, *words: object) -> int:
        given = ["in", "--home", "home", "--out", "run", "--product", "plate", "--quiet", 0.2]
        self.stderr = io.StringIO()
        with redirect_stderr(self.stderr):
            return loupe(["watch", *map(str, [*given, *words])])

    @property
    def said(self) -> str:
        """By the last watch, also while it goes on."""
        return self.stderr.getvalue()

    def wanted(self, **more: Any) -> WantedWatch:
        """The same, for who drives it by hand."""
        settings = load_settings(home=Path("home"), concurrency=1)
        batch = Wanted(named=("in",), settings=settings, product="plate", out=Path("run"))
        return WantedWatch(batch=batch, folder=Path("in"), quiet_s=0.2, **more)

    def rows(self) -> list[BatchRow]:
        return read_rows(Path("run/results.jsonl"), BatchRow)

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(one) for one in Path("told.jsonl").read_text().splitlines()]


class Clock:
    """Stands still but where it is told to run."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def run_until(self, holds: Callable[[], bool]) -> None:
        def holds_later() -> bool:
            self.now += 0.02
            return holds()

        until(holds_later)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)


def names(rows: list[BatchRow]) -> list[tuple[str, str | None]]:
    return [(Path(row.asset).name, row.decision or row.status) for row in rows]


def test_each_file_has_one_row_in_the_order_of_landing_and_is_moved_by_decision(
    line: Line,
) -> None:
    landing = {"z.png": line.normal, "b.png": line.spotted, "a.png": line.normal, "c.png": b""}
    landing[os.fsdecode(b"latin-\xfc.png")] = line.normal
    for age_s, (name, data) in enumerate(landing.items()):
        path = line.drop(name, data)
        os.utime(path, (1e9 + age_s, 1e9 + age_s))
    words = ["--existing", "--move-to", "done", "--sink", "jsonl:told.jsonl", "--concurrency", 1]

    assert line.watch(*words) == 0

    assert names(line.rows()) == [
        ("z.png", "normal"),
        ("b.png", "anomalous"),
        ("a.png", "normal"),
        ("c.png", "failed"),
        (r"latin-\xfc.png", "failed"),
    ]
    assert [row.shared for row in line.rows()] == [False, False, True, False, False]
    moved = sorted(p.relative_to("done").as_posix() for p in Path("done").rglob("*.png"))
    assert [os.fsencode(one) for one in moved] == [
        b"anomalous/b.png",
        b"failed/c.png",
        b"failed/latin-\xfc.png",
        b"normal/a.png",
        b"normal/z.png",
    ]
    assert list(Path("in").iterdir()) == []
    assert [one["row"]["task"] for one in line.told()] == [row.task for row in line.rows()]

    line.drop("b.png", line.spotted)
    assert line.watch(*words) == 0

    assert len(line.rows()) == len(line.told()) == 5
    assert Path("done/anomalous/b-2.png").read_bytes() == line.spotted


def test_what_lay_there_is_left_alone_and_what_lands_between_two_starts_is_not(
    line: Line,
) -> None:
    line.drop("before.png", line.normal)
    assert line.watch() == 0
    assert "files that lay there before, left alone: 1" in line.said

    line.drop("between.png", line.spotted)
    assert line.watch() == 0
    assert names(line.rows()) == [("between.png", "anomalous")]

    assert line.watch("--existing") == 0
    assert names(line.rows()) == [("between.png", "anomalous"), ("before.png", "normal")]


def test_a_half_written_file_is_waited_for_and_a_replaced_one_has_two_rows(line: Line) -> None:
    clock = Clock()

    def act() -> None:
        until(lambda: Path("run/watch/seen.sqlite").exists())
        middle = len(line.normal) // 2
        with Path("in/a.png").open("wb") as stream:
            for piece in (line.normal[:middle], line.normal[middle:-9], line.normal[-9:]):
                stream.write(piece)
                stream.flush()
                # However often it is looked at by now, no time has passed.
                time.sleep(0.1)
        clock.run_until(lambda: len(line.rows()) == 1)
        line.drop("new", line.spotted).replace("in/a.png")
        clock.run_until(lambda: len(line.rows()) == 2)

    wanted = line.wanted(existing=True, patterns=("*.png",))
    assert line.until_done(lambda: watch_wanted(wanted, clock=clock), act) == 0

    assert names(line.rows()) == [("a.png", "normal"), ("a.png", "anomalous")]
    first, second = line.rows()
    assert first.inspection != second.inspection
    for row in (first, second):
        record = json.loads(Path(f"run/inspections/{row.inspection}/inspection.json").read_text())
        assert record["asset"]["sha256"] == row.sha256


def test_a_folder_that_appears_later_or_is_renamed_is_watched_under_its_name(
    line: Line,
) -> None:
    Path("in").rmdir()

    def act() -> None:
        until(lambda: "there is no folder" in line.said)
        line.drop("monday/a.png", line.normal)
        until(lambda: len(line.rows()) == 1)
        Path("in/monday").rename("in/tuesday")
        until(lambda: len(line.rows()) == 2)
        Path("in").rename("gone")
        line.drop("b.png", line.spotted)
        until(lambda: len(line.rows()) == 3)

    assert line.watch_meanwhile(act, "--recursive") == 0

    assert "there is no folder" in line.said
    found = [(Path(r.asset).parent.name, r.decision, r.shared) for r in line.rows()]
    assert found == [
        ("monday", "normal", False),
        ("tuesday", "normal", True),
        ("in", "anomalous", False),
    ]


def test_a_signal_lets_what_is_under_way_end_and_the_same_command_does_the_rest(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(4):
        line.drop(f"{number}.png", line.normal + bytes([number]))

    def stop(row: BatchRow) -> None:
        if len(line.rows()) == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    words = ["--existing", "--concurrency", 1, "--sink", "jsonl:told.jsonl"]
    wanted = line.wanted(existing=True, sinks=("jsonl:told.jsonl",))
    assert watch_wanted(wanted, tell_row=stop) == 0
    said = capsys.readouterr().err
    n_before = len(line.rows())
    assert 1 <= n_before < 4
    assert "SIGTERM: 1 under way are finished" in said
    assert "rows are not done: SIGTERM came" in said

    assert line.watch(*words) == 0

    assert sorted(names(line.rows())) == [(f"{number}.png", "normal") for number in range(4)]
    assert [one["key"] for one in line.told()] == [f"run-{row.task}" for row in line.rows()]
    assert {one["again"] for one in line.told()} == {False}


def test_a_unit_has_one_row_when_all_its_files_have_landed(line: Line) -> None:
    unit = line.drop("u.asset.yaml", b"parts: {front: lot/front.png, back: back.png}\n")
    line.drop("back.png", line.normal)

    def act() -> None:
        # It is looked at without one of its parts, as a rule; the outcome is the same.
        time.sleep(0.5)
        line.drop("lot/front.png", line.spotted)
        until(lambda: len(line.rows()) == 1)

    assert line.watch_meanwhile(act, "--existing", "--recursive", "--move-to", "done") == 0

    (row,) = line.rows()
    assert Path(row.asset).name == "u.asset.yaml"
    folder = Path("done") / (row.decision or row.status)
    assert row.sha256 == digest_of(folder / unit.name)
    assert not any(path.is_file() for path in Path("in").rglob("*"))


def test_a_watch_that_was_asked_otherwise_is_not_gone_on_with(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    assert line.watch() == 0

    assert line.watch("--recursive") == 1
    assert "holds a watch that was asked otherwise (recursive)" in line.said
    assert line.watch("--seed", 5) == 1
    assert "holds a run that was asked otherwise (seed)" in line.said
    line.drop("a.png", line.normal)
    assert loupe(["batch", "in", "--home", "home", "--out", "run", "--product", "plate"]) == 1

    assert "holds a run that" in capsys.readouterr().err


def test_a_sink_that_is_down_stops_nothing_and_is_told_once(line: Line) -> None:
    for name in ("a.png", "b.png"):
        line.drop(name, line.normal)

    assert line.watch("--existing", "--sink", "http://127.0.0.1:9/x") == 0

    assert len(line.rows()) == 2
    assert line.said.count("sink http://127.0.0.1:9/x fails") == 1
    assert "sink http://127.0.0.1:9/x: 2 rows wait to be told" in line.said
