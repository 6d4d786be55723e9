"""The questions of a wave while they are noted, and the input files that are made of them.

Knows no server. A line is a request of OpenAI's batch API.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from agent.batch.deferred.box import Question
from tools.errors import SettingsError

FOLDER = "deferred"
URL = "/v1/chat/completions"
MAX_REQUESTS = 50_000
MAX_BYTES = 200 * 10**6
"""Of one input file, as the API's documentation states them."""


class Noted(NamedTuple):
    """One question in the spool."""

    question: Question
    start: int
    n_bytes: int
    dearest_usd: float
    """That its answer may cost; 0 where no price is known."""


class Spool:
    """A file that holds the lines of a wave until it is submitted. Not safe for threads."""

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        """Begin anew: what an earlier process noted and did not submit is noted again.

        Args:
            folder: of the run's deferred files; made where it is missing.
            max_bytes: of one input file.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._max_bytes = max_bytes
        self._file = (folder / "spool.partial").open("w+b")
        self._noted: dict[str, Noted] = {}

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        (self._folder / "spool.partial").unlink(missing_ok=True)

    def __contains__(self, key: str) -> bool:
        return key in self._noted

    @property
    def noted(self) -> list[Noted]:
        """All of them, in their order."""
        return list(self._noted.values())

    def note(self, question: Question, body: Mapping[str, Any], *, dearest_usd: float) -> None:
        """Add a question.

        Raises:
            SettingsError: it is longer than a whole input file may be.
        """
        request = {"custom_id": question.key, "method": "POST", "url": URL, "body": body}
        line = json.dumps(request, ensure_ascii=False).encode() + b"\n"
        if len(line) > self._max_bytes:
            raise SettingsError(
                f"one question has {len(line)} bytes, and a file of the batch API at most "
                f"{self._max_bytes}; show fewer references, or leave --deferred out"
            )
        start = self._file.seek(0, os.SEEK_END)
        self._file.write(line)
        self._noted[question.key] = Noted(question, start, len(line), dearest_usd)

    def write(self, noted: Sequence[Noted], path: Path) -> None:
        """Write an input file; it is on the disc when this returns."""
        self._file.flush()
        with path.open("wb") as out:
            for one in noted:
                self._file.seek(one.start)
                out.write(self._file.read(one.n_bytes))
            out.flush()
            os.fsync(out.fileno())


def divided(
    noted: Sequence[Noted], *, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES
) -> Iterator[list[Noted]]:
    """Questions in as few files as their limits allow, in their order."""
    part: list[Noted] = []
    n_bytes = 0
    for one in noted:
        if part and (len(part) == max_requests or n_bytes + one.n_bytes > max_bytes):
            yield part
            part, n_bytes = [], 0
        part.append(one)
        n_bytes += one.n_bytes
    if part:
        yield part
