"""What is wrong with a folder, gathered so that a person reads all of it at once.

Knows no file format.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from tools.errors import KnowledgeError

_INPUT_LIMIT = 60
_SHOULD = re.compile(r"^\w+ should (?=be |have )")


class Problems:
    """Collects one line a problem, each with file, line and field."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._found: list[tuple[str, int, str]] = []

    def add(self, file: Path, message: str, *, line: int = 0, field: str = "") -> None:
        """Note a problem.

        Args:
            file: inside the folder.
            message: the constraint, the value, and what to do.
            line: first line of the place, from 1; 0 where a line means nothing.
            field: dotted name of the field; empty for the whole file.
        """
        place = f"{file}:{line}" if line else f"{file}"
        text = " ".join(message.split())
        entry = (str(file), line, f"{place}: {field}: {text}" if field else f"{place}: {text}")
        if entry not in self._found:
            self._found.append(entry)

    def __bool__(self) -> bool:
        return bool(self._found)

    def raise_if_any(self) -> None:
        """End the reading.

        Raises:
            KnowledgeError: one line a problem, ordered by file and line.
        """
        if self._found:
            raise KnowledgeError("\n".join(text for _, _, text in sorted(self._found)))


def nearest_word(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` where a known word is near, else the empty text."""
    near = difflib.get_close_matches(word.casefold(), list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


def field_messages(error: ValidationError) -> list[tuple[tuple[int | str, ...], str]]:
    """Say pydantic's errors in words: the place of each, and what is wrong there."""
    return [(entry["loc"], _in_words(dict(entry))) for entry in error.errors(include_url=False)]


def _in_words(entry: dict[str, object]) -> str:
    message = str(entry["msg"])
    if entry["type"] == "missing":
        return "is missing"
    if entry["type"] == "value_error":
        return message.removeprefix("Value error, ")
    if entry["type"] == "extra_forbidden":
        return "is no known key"
    value = repr(entry["input"])
    shown = value if len(value) <= _INPUT_LIMIT else value[:_INPUT_LIMIT] + "..."
    return f"{_SHOULD.sub('must ', message)}, got {shown}"
