"""Rules, failure modes and notes of the committed sample product, found by text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.store import KnowledgeStore, open_store
from tools.errors import KnowledgeError

BOARD = Path(__file__).resolve().parents[2] / "evals" / "samples" / "control-board"


@pytest.fixture(scope="module")
def board_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeStore]:
    with open_store(tmp_path_factory.mktemp("home")) as store:
        store.add(BOARD)
        yield store


@pytest.mark.parametrize(
    ("query", "kind", "expected"),
    [
        ("copper line across the green mask", "failure_mode", "scratched-solder-mask"),
        ("an absent screw at the edge", "failure_mode", "missing-screw"),
        ("lost aluminium can", "failure_mode", "missing-electrolytic-capacitor"),
        ("silver blob with balls", "failure_mode", "solder-splash"),
        ("how many screws must there be", "rule", "R4"),
        ("number of header pins", "rule", "R6"),
        ("does dust matter", "rule", "R8"),
        ("which way does the camera look", "note", "work_instruction.md#set-up"),
        ("may cracked boards be reworked", "note", "work_instruction.md#what-to-do-with-a"),
    ],
)
def test_the_passage_that_answers_comes_first(
    board_store: KnowledgeStore, query: str, kind: str, expected: str
) -> None:
    best = board_store.look_up(query, product="control-board", kinds=[kind], k=1)
    assert [passage.id.startswith(expected) for passage in best] == [True]
    assert 0 < best[0].relevance <= 1


def test_a_query_about_nothing_known_finds_nothing(board_store: KnowledgeStore) -> None:
    assert board_store.look_up("banana", product="control-board") == []
    assert board_store.look_up("  ", product="control-board") == []


def test_without_a_product_the_source_names_it(board_store: KnowledgeStore, folder: Path) -> None:
    board_store.add(folder)
    try:
        found = board_store.search("scratch on the surface", kinds=["rule"], k=2)
    finally:
        board_store.remove("bracket")
    assert found[0].source == "bracket/rules.yaml:1"


def test_an_unknown_kind_names_the_known_ones(board_store: KnowledgeStore) -> None:
    with pytest.raises(KnowledgeError, match="'rules'; there are rule, failure_mode, note, case"):
        board_store.look_up("screws", product="control-board", kinds=["rules"])
