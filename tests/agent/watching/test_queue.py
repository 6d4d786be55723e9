"""A look at everything finds what waits, too, and takes it no second time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.watching.changes import Changed
from agent.watching.running import Watch
from agent.watching.seen import SeenFiles
from agent.watching.settling import Settling
from agent.watching.tree import Tree
from agent.watching.units import Units


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    root, units = tmp_path / "in", Units()
    root.mkdir()
    nobody: Any = None
    return Watch(
        tree=Tree(root=root),
        files=nobody,
        seen=SeenFiles(tmp_path / "seen.sqlite"),
        units=units,
        settling=Settling(0.0, units.whole),
        product=None,
        labels={},
        note=nobody,
        after=nobody,
    )


def test_a_file_that_waits_is_not_taken_again_unless_it_changes(watch: Watch) -> None:
    path = watch.tree.root / "a.png"
    path.write_bytes(b"a")

    def look() -> list[str]:
        return [found.path.name for found in watch.look(Changed(everything=True))]

    assert look() == ["a.png"]
    assert look() == []
    path.write_bytes(b"ab")
    assert look() == ["a.png"]
