"""What was seen is known after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.watching.seen import BEFORE, SeenFiles
from agent.watching.tree import Found, Signature
from tools.errors import SettingsError

ONE = Found(Path("/line/a.png"), Signature(1, 2, 3))
OTHER = Found(Path("/line/a.png"), Signature(1, 2, 4))


def test_what_was_seen_is_known_after_a_restart(tmp_path: Path) -> None:
    with SeenFiles(tmp_path / "watch" / "seen.sqlite") as seen:
        assert not seen.has_begun
        assert seen.leave_alone([ONE]) == 1
        seen.add(OTHER, "task")

    with SeenFiles(tmp_path / "watch" / "seen.sqlite") as seen:
        assert seen.has_begun
        assert (seen.task(ONE), seen.task(OTHER)) == (BEFORE, "task")
        seen.take_up()
        assert (seen.task(ONE), seen.task(OTHER)) == (None, "task")
        assert seen.has_begun


def test_a_name_that_is_no_utf_8_is_a_name_too(tmp_path: Path) -> None:
    found = ONE._replace(path=Path("/line/\udcff.png"))

    with SeenFiles(tmp_path / "seen.sqlite") as seen:
        seen.add(found, "task")

        assert seen.task(found) == "task"


def test_a_file_that_is_no_database_is_refused_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "seen.sqlite"
    path.write_text("no database, and more than a hundred bytes of it" * 9)

    with pytest.raises(SettingsError, match="cannot be kept there"):
        SeenFiles(path)
