"""Which files of a folder are wanted, and what tells one from what lay there before."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.watching.tree import Tree, signature_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "line"
    for name in ("a.png", "list.csv", ".b.png", "c.png.part", "lot/d.PNG", "lot/.e/f.png", "g"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


def names(tree: Tree, start: Path | None = None) -> list[str]:
    found = tree.below(start or tree.root)
    return sorted(one.path.relative_to(tree.root).as_posix() for one in found)


def test_a_folder_gives_assets_that_are_no_tables_and_not_hidden(root: Path) -> None:
    assert names(Tree(root=root)) == ["a.png"]
    assert names(Tree(root=root, recursive=True)) == ["a.png", "lot/d.PNG"]


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [("*.csv", ["list.csv"]), ("lot/*", ["lot/d.PNG"]), ("g", ["g"]), (".*", [])],
)
def test_a_pattern_is_of_names_or_of_paths_below_the_folder(
    root: Path, pattern: str, wanted: list[str]
) -> None:
    assert names(Tree(root=root, recursive=True, patterns=(pattern,))) == wanted


def test_folders_of_the_run_itself_are_not_watched(root: Path) -> None:
    tree = Tree(root=root, recursive=True, apart=(root / "lot",))

    assert names(tree) == ["a.png"]
    assert names(tree, root / "lot") == names(tree, root / "lot" / "d.PNG") == []


def test_a_folder_that_is_not_there_gives_nothing(tmp_path: Path) -> None:
    assert names(Tree(root=tmp_path / "later", recursive=True)) == []


def test_a_file_that_replaces_another_of_the_same_size_and_time_has_another_signature(
    root: Path,
) -> None:
    import os

    path, other = root / "a.png", root / "other"
    before, seen = signature_of(path), path.stat()
    other.write_bytes(b"y")
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    other.replace(path)

    after = signature_of(path)

    assert before is not None
    assert after is not None
    assert (after.size, after.mtime_ns) == (before.size, before.mtime_ns)
    assert after != before
    assert signature_of(root) is None
