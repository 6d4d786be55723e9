"""A snapshot says what a home knew, whatever happens to the home."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.benchmarks.tiny_product import PRODUCT, write_tiny_product
from knowledge.snapshot import open_copy, take_snapshot
from knowledge.store import open_store
from tools.errors import KnowledgeError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with open_store(tmp_path / "home") as store:
        store.add(write_tiny_product(tmp_path).product)
    return tmp_path / "home"


def test_equal_knowledge_is_one_snapshot_however_often_it_was_opened(
    home: Path, tmp_path: Path
) -> None:
    first = take_snapshot(home, tmp_path / "kept")
    with open_store(home) as store:
        store.look_up("dark spot", product=PRODUCT)

    assert take_snapshot(home, tmp_path / "kept") == first
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [first.digest]


def test_a_copy_knows_what_the_home_knew_and_changes_nothing(home: Path, tmp_path: Path) -> None:
    snapshot = take_snapshot(home, tmp_path / "kept")
    with open_store(home) as store:
        store.remove(PRODUCT)

    open_copy(snapshot, tmp_path / "copy")
    with open_store(tmp_path / "copy") as copy:
        assert len(copy.reference_pictures(PRODUCT)) == 4
        copy.product(PRODUCT)

    open_copy(snapshot, tmp_path / "another")
    with open_store(tmp_path / "another") as another:
        assert [one.name for one in another.products()] == [PRODUCT]
    assert take_snapshot(home, tmp_path / "kept").digest != snapshot.digest


def test_two_copies_are_open_at_once(home: Path, tmp_path: Path) -> None:
    snapshot = take_snapshot(home, tmp_path / "kept")
    for name in ("one", "other"):
        open_copy(snapshot, tmp_path / name)

    with open_store(tmp_path / "one") as one, open_store(tmp_path / "other") as other:
        assert one.product(PRODUCT) == other.product(PRODUCT)


def test_a_home_that_is_open_is_not_copied(home: Path, tmp_path: Path) -> None:
    with open_store(home), pytest.raises(KnowledgeError, match="has it open already"):
        take_snapshot(home, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
