"""A disc that fills up, or may not be written, ends a run in one line; nothing is lost."""

from __future__ import annotations

import asyncio
import errno
import resource
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.answers import AnswerError, AnswerStore
from agent.batch.records import BatchRow
from agent.batch.setting_up import run_folder, run_orders
from agent.batch.wanted import Ended, Wanted
from agent.cli import run as loupe
from agent.disc import DiscError, disc_error, told_of_disc
from agent.result_log import read_rows
from agent.settings import Settings
from graphs.minds.chat import ChatReply
from tools.errors import AssetError, LoupeError

N_PARTS = 4


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Pictures of no known product."""
    folder = tmp_path / "parts"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(N_PARTS):
        pixels = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def run(parts: Path, *, full_after: int | None = None, n_bytes: int = 0) -> Ended:
    """A run; after so many rows no file grows beyond so many bytes."""
    wanted = Wanted(
        named=(str(parts),),
        settings=Settings(home=Path("home"), concurrency=1),
        out=Path("run"),
    )
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    told: list[BatchRow] = []

    def fill(row: BatchRow) -> None:
        told.append(row)
        if len(told) == full_after:
            resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))

    try:
        return asyncio.run(run_orders(wanted, wanted.orders(), run_folder(wanted), tell_row=fill))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("n_bytes", [300, 2_000, 20_000])
def test_a_disc_that_fills_up_ends_the_run_which_goes_on_when_there_is_room(
    parts: Path, n_bytes: int
) -> None:
    with pytest.raises(DiscError, match="the run can go on") as raised:
        run(parts, full_after=1, n_bytes=n_bytes)
    assert "\n" not in str(raised.value)
    done = read_rows(Path("run/results.jsonl"), BatchRow)
    assert 1 <= len(done) < N_PARTS

    run(parts)

    rows = read_rows(Path("run/results.jsonl"), BatchRow)
    assert Counter(one.task for one in rows) == dict.fromkeys((one.task for one in rows), 1)
    assert len(rows) == N_PARTS
    assert {one.status for one in rows} == {"decided"}
    assert not list(Path("run").rglob("*.partial"))


@pytest.fixture
def disc(tmp_path: Path) -> Iterator[Path]:
    """A disc of its own in memory, small and then as large as is asked for."""
    place = tmp_path / "disc"
    place.mkdir()
    if mount("-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)) != 0:
        pytest.skip("a disc cannot be mounted: run as root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def mount(*words: str) -> int:
    return subprocess.run(["mount", *words], capture_output=True, check=False).returncode


def test_a_full_and_a_read_only_disc_are_one_line_and_the_same_command_goes_on(
    parts: Path, disc: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["batch", str(parts), "--home", "home", "--out", str(disc / "run")]

    def ends(size: str) -> tuple[int, list[str]]:
        assert mount("-o", f"remount,{size}", str(disc)) == 0
        code = loupe(command)
        said = capsys.readouterr().err.splitlines()
        return code, [line for line in said if line.startswith(("error: ", "Traceback"))]

    code, (full,) = ends("size=300k")
    assert (code, "make room" in full) == (1, True)
    code, (refused,) = ends("ro")
    assert (code, "Read-only file system" in refused) == (1, True)
    assert ends("rw,size=20m") == (0, [])

    rows = read_rows(disc / "run" / "results.jsonl", BatchRow)
    assert len({one.task for one in rows}) == len(rows) == N_PARTS


def test_answers_for_which_there_is_no_room_end_a_run_and_those_before_are_kept(
    tmp_path: Path,
) -> None:
    path = tmp_path / "answers.sqlite"
    with AnswerStore(path) as answers:
        answers.put("first", ChatReply(text="Yes."), run="run")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
        try:
            with pytest.raises(AnswerError, match="answers cannot be kept there") as raised:
                answers.put("second", ChatReply(text="No. " * 20_000), run="run")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        told = disc_error(raised.value, tmp_path)
        assert str(told).startswith(f"{path}: the disc takes no more")

        answers.put("third", ChatReply(text="No."), run="run")

        kept = [answers.get(key) for key in ("first", "second", "third")]
    assert [one and one.text for one in kept] == ["Yes.", None, "No."]


def caused(by: BaseException, error: Exception) -> Exception:
    error.__cause__ = by
    return error


def test_the_disc_is_told_from_a_part_that_cannot_be_read(tmp_path: Path) -> None:
    own, foreign = tmp_path / "run" / "a.png", tmp_path / "part.png"
    refused = errno.EACCES
    part = AssetError("'part.png': cannot be read (Permission denied)")

    def told(error: BaseException) -> str:
        found = disc_error(error, tmp_path / "run")
        return "" if found is None else str(found)

    assert "No space left" in told(OSError(errno.ENOSPC, "No space left on device"))
    assert "File too large" in told(caused(OSError(errno.EFBIG, "File too large"), part))
    assert "Read-only" in told(OSError(errno.EROFS, "Read-only file system", str(foreign)))
    assert str(own) in told(PermissionError(refused, "Permission denied", str(own)))
    assert told(caused(PermissionError(refused, "Permission denied", str(foreign)), part)) == ""
    assert told(part) == told(MemoryError()) == told(sqlite3.IntegrityError("twice")) == ""


def test_a_damaged_file_keeps_the_advice_of_whoever_owns_it(tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.sqlite"
    file.write_bytes(b"other bytes" * 1000)

    def read(advice: str = "") -> None:
        with told_of_disc(tmp_path), sqlite3.connect(file) as database:
            try:
                database.execute("SELECT * FROM checkpoints")
            except sqlite3.Error as error:
                raise (LoupeError(advice) if advice else error) from error

    with pytest.raises(DiscError, match=r"checkpoints.sqlite: the file is damaged; move it away"):
        read()
    with pytest.raises(LoupeError, match=r"^mend it so$"):
        read("mend it so")
