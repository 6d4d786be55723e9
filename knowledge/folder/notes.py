"""notes/: Markdown and PDF, cut into passages that can be cited. Knows no other file."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from knowledge.folder.problems import Problems
from knowledge.folder.text_files import read_text, slug
from knowledge.records import Note
from tools.told_names import NO_UTF_8, is_utf_8

FOLDER = "notes"
PASSAGE_WORDS = 160
"""A section of more words is cut at a blank line."""


class _Section(NamedTuple):
    line: int
    title: str
    lines: list[str]


def read_notes(folder: Path, problems: Problems) -> list[Note]:
    """Passages of all notes, by file name and then in reading order."""
    root = folder / FOLDER
    if not root.exists():
        return []
    if not root.is_dir():
        problems.add(root, "must be a folder of .md and .pdf files")
        return []
    notes: list[Note] = []
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        name = path.relative_to(root).as_posix()
        if name.startswith("."):
            continue
        suffix = path.suffix.lower()
        if not is_utf_8(path):
            problems.add(path, NO_UTF_8)
        elif suffix == ".md":
            notes += _markdown(path, name, problems)
        elif suffix == ".pdf":
            notes += _pdf(path, name, problems)
        else:
            problems.add(path, "is neither .md nor .pdf; convert it or take it out")
    return notes


def _markdown(path: Path, name: str, problems: Problems) -> list[Note]:
    text = read_text(path, problems)
    if text is None:
        return []
    if not text.strip():
        problems.add(path, "is empty; write a note or take the file out")
    taken: Counter[str] = Counter()
    notes = []
    for section in _sections(text):
        for line, title, body in _passages(section):
            note_id = _note_id(name, title, taken)
            notes.append(Note(id=note_id, title=title, text=body, source=f"{FOLDER}/{name}:{line}"))
    return notes


def _note_id(name: str, title: str, taken: Counter[str]) -> str:
    """File and heading: an id that stays when lines move."""
    wanted = f"{name}#{slug(title.rsplit(' / ', 1)[-1]) or 'text'}"
    taken[wanted] += 1
    return wanted if taken[wanted] == 1 else f"{wanted}-{taken[wanted]}"


def _sections(text: str) -> Iterator[_Section]:
    headings: list[tuple[int, str]] = []
    section = _Section(1, "", [])
    fenced = False
    for number, line in enumerate(text.split("\n"), start=1):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        match = None if fenced else re.match(r"(#{1,6})\s+(.*?)\s*#*\s*$", line)
        if match is None:
            section.lines.append(line)
            continue
        yield section
        depth = len(match[1])
        headings = [entry for entry in headings if entry[0] < depth] + [(depth, match[2])]
        section = _Section(number + 1, " / ".join(title for _, title in headings), [])
    yield section


def _passages(section: _Section) -> Iterator[tuple[int, str, str]]:
    block: list[str] = []
    start = section.line
    for offset, line in enumerate(section.lines):
        words = sum(len(part.split()) for part in block)
        if not line.strip() and words >= PASSAGE_WORDS:
            yield start, section.title, "\n".join(block).strip()
            block = []
        if not block and line.strip():
            start = section.line + offset
        if block or line.strip():
            block.append(line)
    if block:
        yield start, section.title, "\n".join(block).strip()


def _pdf(path: Path, name: str, problems: Problems) -> list[Note]:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        pages = [page.extract_text().strip() for page in PdfReader(path).pages]
    except (PyPdfError, OSError, ValueError, KeyError, NotImplementedError) as error:
        problems.add(path, f"cannot be read as PDF: {error or type(error).__name__}")
        return []
    if not any(pages):
        problems.add(path, "holds no text (a scan?); convert it with text recognition")
    return [
        Note(
            id=f"{name}:page-{number}",
            title=f"{path.stem}, page {number}",
            text=text,
            source=f"{FOLDER}/{name}, page {number}",
        )
        for number, text in enumerate(pages, start=1)
        if text
    ]
