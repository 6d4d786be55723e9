"""Text files as people write them: UTF-8 with or without BOM, any line end. Knows no format."""

from __future__ import annotations

import codecs
import re
import unicodedata
from pathlib import Path

from knowledge.folder.problems import Problems

MAX_BYTES = 8 * 2**20
"""Larger text files are refused: nobody wrote them by hand."""


def read_text(path: Path, problems: Problems) -> str | None:
    """Read a text file: no BOM, line feeds only. None where a problem was noted."""
    try:
        data = path.read_bytes()
    except OSError as error:
        problems.add(path, f"cannot be read: {error.strerror or error}")
        return None
    if len(data) > MAX_BYTES:
        problems.add(path, f"has {len(data)} bytes; at most {MAX_BYTES} are read")
        return None
    text = _decode(data, path=path, problems=problems)
    if text is None:
        return None
    if "\0" in text:
        problems.add(path, "is not a text file", line=text.count("\n", 0, text.index("\0")) + 1)
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def slug(text: str) -> str:
    """The text as an id: ASCII lower case, words joined by hyphens; empty where none is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _decode(data: bytes, *, path: Path, problems: Problems) -> str | None:
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x}"
        problems.add(path, f"is not UTF-8 ({found}); save the file as UTF-8", line=line)
        return None
