from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from docx import Document

from agent.talk.documents import docx_of, png_of, write_documents

TEXT = """# A report

## D2 Problem

Four of twenty [Q1].

- first
- second

| | is | is not |
|---|---|---|
| where | S3 | S1 |

![Q1: shares](Q1.png)
"""


def test_a_docx_has_the_headings_lists_tables_and_pictures_of_the_text() -> None:
    picture = np.full((40, 60, 3), 200, np.uint8)
    made: Any = Document(io.BytesIO(docx_of(TEXT, {"Q1.png": png_of(picture)})))

    assert [(one.style.name, one.text) for one in made.paragraphs if one.text] == [
        ("Title", "A report"),
        ("Heading 1", "D2 Problem"),
        ("Normal", "Four of twenty [Q1]."),
        ("List Bullet", "first"),
        ("List Bullet", "second"),
        ("Caption", "Q1: shares"),
    ]
    assert [[cell.text for cell in row.cells] for row in made.tables[0].rows] == [
        ["", "is", "is not"],
        ["where", "S3", "S1"],
    ]
    assert len(made.inline_shapes) == 1


def test_a_second_report_of_the_same_name_leaves_the_first(tmp_path: Path) -> None:
    picture = {"Q1.png": np.full((4, 4, 3), 9, np.uint8)}
    write_documents(tmp_path, "8d", TEXT, picture)
    second = write_documents(tmp_path, "8d", TEXT, picture)

    assert [Path(one.path).name for one in second] == ["8d-2.md", "8d-2.docx"]
    assert "![Q1: shares](8d-2-Q1.png)" in (tmp_path / "8d-2.md").read_text("utf-8")
    assert (tmp_path / "8d-2-Q1.png").is_file()
    assert second[0].title == "A report"


def test_characters_that_no_xml_may_have_are_left_out() -> None:
    made = Document(io.BytesIO(docx_of("a\x00b\x0cc", {})))

    assert [one.text for one in made.paragraphs] == ["abc"]
