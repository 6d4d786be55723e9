"""Committed questions have answers in the products that they ask about."""

from pathlib import Path

import pytest

from evals.datasets import DataSetError
from evals.tables.queries import QUERY_FILES, Query, load_queries, resolved_id
from knowledge.records import FailureMode, Note, Product


def _product() -> Product:
    mode = FailureMode(
        id="open", mode="open", appearance="a gap", severity=1, occurrence=1, detection=1
    )
    notes = [
        Note(id="n.md:3", title="Standard / Surface", text="t", source="s"),
        Note(id="n.md:9", title="Standard / Solder", text="t", source="s"),
        Note(id="n.md:20", title="Standard / Solder", text="t", source="s"),
    ]
    return Product(name="p", descriptor="d", failure_modes=[mode], notes=notes)


def test_a_note_is_named_by_the_title_of_its_section() -> None:
    query = Query(kind="note", expected="Surface", text="?")
    assert resolved_id(query, _product()) == "n.md:3"


@pytest.mark.parametrize(
    ("kind", "expected"), [("note", "Solder"), ("note", "Paint"), ("failure_mode", "short")]
)
def test_an_answer_that_is_absent_or_ambiguous_is_refused(kind: str, expected: str) -> None:
    query = Query.model_validate({"kind": kind, "expected": expected, "text": "?"})
    with pytest.raises(DataSetError, match=f"p has no single {kind} '{expected}'"):
        resolved_id(query, _product())


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "q.yaml"
    path.write_text("product: p\nquestions: []\n")
    with pytest.raises(DataSetError, match="is no file of questions"):
        load_queries(path)


@pytest.mark.parametrize("path", QUERY_FILES, ids=lambda path: path.stem)
def test_every_kind_has_questions_and_none_is_asked_twice(path: Path) -> None:
    queries = load_queries(path).queries
    assert {query.kind for query in queries} >= {"rule", "failure_mode"}
    texts = [query.text for query in queries]
    assert sorted(set(texts)) == sorted(texts)
