"""Done files are moved, and whatever lies or comes there meanwhile is left as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.watching.moving import Replaced, move_file, put_back_staged
from agent.watching.tree import Signature, signature_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "line" / "a.png"
    path.parent.mkdir()
    path.write_bytes(b"new")
    return path


def signature(path: Path) -> Signature:
    found = signature_of(path)
    assert found is not None
    return found


def test_a_taken_name_is_numbered_and_nothing_is_overwritten(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "done" / "normal" / "a.png"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"old")

    there = move_file(path, target, signature=signature(path))

    assert there == target.with_name("a-2.png")
    assert (target.read_bytes(), there.read_bytes()) == (b"old", b"new")
    assert list(path.parent.iterdir()) == []


def test_a_file_that_is_another_by_now_stays(path: Path, tmp_path: Path) -> None:
    inspected = signature(path)
    path.write_bytes(b"another")

    with pytest.raises(Replaced):
        move_file(path, tmp_path / "done" / "a.png", signature=inspected)

    assert path.read_bytes() == b"another"
    assert [one.name for one in path.parent.iterdir()] == ["a.png"]
    assert list((tmp_path / "done").iterdir()) == []


def test_a_move_that_was_killed_is_taken_back(path: Path) -> None:
    staged = path.with_name(".a.png.0123abcd.moving")
    path.rename(staged)
    other = path.with_name(".b.png.moving")
    other.write_bytes(b"somebody else's")

    assert put_back_staged(path.parent) == 1

    assert path.read_bytes() == b"new"
    assert not staged.exists()
    assert other.exists()


def test_what_came_while_a_move_was_killed_keeps_its_name(path: Path) -> None:
    path.rename(path.with_name(".a.png.0123abcd.moving"))
    path.write_bytes(b"newer")

    put_back_staged(path.parent)

    assert path.read_bytes() == b"newer"
    assert path.with_name("a-2.png").read_bytes() == b"new"
