"""Writes documents as markdown and docx with their pictures. Knows no conversation.

Of markdown it knows headings, paragraphs, lists, tables and pictures on lines of their own: what
`graphs.conversation.documents` writes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.run_folder import write_atomically
from graphs.conversation.records import Document
from tools.arrays import UInt8Image

PICTURE = re.compile(r"!\[(.*)\]\(([^()]+)\)")
HEADING = re.compile(r"(#{1,4}) (.*)")
_RULE = re.compile(r"\|[\s|:-]*-[\s|:-]*\|?")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
MAX_WIDTH_IN = 6.0


def write_documents(
    folder: Path, name: str, markdown: str, pictures: Mapping[str, UInt8Image]
) -> list[Document]:
    """Write `name.md` and `name.docx`, and pictures beside the first.

    A document of this name is not overwritten: the new one is numbered.

    Args:
        folder: where they go.
        name: without a suffix.
        markdown: the text.
        pictures: (H, W, 3) by the file names that the text has.
    """
    stem, number = name, 1
    while (folder / f"{stem}.md").exists():
        number += 1
        stem = f"{name}-{number}"
    encoded = {file: png_of(image_hwc) for file, image_hwc in pictures.items()}
    text = PICTURE.sub(lambda found: f"![{found[1]}]({stem}-{found[2]})", markdown)
    for file, data in encoded.items():
        write_atomically(folder / f"{stem}-{file}", data)
    write_atomically(folder / f"{stem}.docx", docx_of(markdown, encoded))
    write_atomically(folder / f"{stem}.md", text.encode())
    title = next((found[2] for found in HEADING.finditer(markdown)), name)
    return [
        Document(title=title, path=str(folder / f"{stem}{suffix}")) for suffix in (".md", ".docx")
    ]


def docx_of(markdown: str, pictures: Mapping[str, bytes]) -> bytes:
    """A Word document of a text.

    Args:
        markdown: as this module knows it.
        pictures: PNG files by name.
    """
    from docx import Document as new_document

    document = new_document()
    lines = _NOT_XML.sub("", markdown).splitlines()
    at = 0
    while at < len(lines):
        if lines[at].startswith("|"):
            end = at
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            _table(document, lines[at:end])
            at = end
            continue
        _line(document, lines[at], pictures)
        at += 1
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _line(document: Any, line: str, pictures: Mapping[str, bytes]) -> None:
    from docx.shared import Inches

    heading, picture = HEADING.fullmatch(line), PICTURE.fullmatch(line)
    if heading:
        document.add_heading(heading[2], level=len(heading[1]) - 1)
    elif picture and picture[2] in pictures:
        document.add_picture(io.BytesIO(pictures[picture[2]]), width=Inches(MAX_WIDTH_IN))
        document.add_paragraph(picture[1], style="Caption")
    elif line.startswith("- "):
        document.add_paragraph(line[2:], style="List Bullet")
    elif line.strip():
        document.add_paragraph(line)


def _table(document: Any, lines: Sequence[str]) -> None:
    rows = [_cells(line) for line in lines if not _RULE.fullmatch(line)]
    rows = [row for row in rows if any(row)]
    width = max(len(row) for row in rows)
    table = document.add_table(rows=0, cols=width, style="Table Grid")
    for row in rows:
        cells = table.add_row().cells
        for place, text in enumerate(row):
            cells[place].text = text


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def png_of(image_hwc: UInt8Image) -> bytes:
    """A picture, (H, W, 3), as a PNG file."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image_hwc).save(buffer, format="PNG")
    return buffer.getvalue()
