"""Rows as lines of a file, each on the disc before the next. Knows no receiver."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from agent.result_log import mend
from agent.watching.sinks.records import SinkError, Told


class JsonLines:
    """Appends to one file, which others may move away: it is opened for each line."""

    def __init__(self, path: Path) -> None:
        """Take the file; it and its folder are made where they are missing."""
        self._path = path
        self._is_whole = False

    @property
    def name(self) -> str:
        """`jsonl:PATH`."""
        return f"jsonl:{self._path}"

    async def tell(self, told: Told) -> None:
        """See `Sink.tell`."""
        try:
            await asyncio.to_thread(self._append, f"{told.model_dump_json()}\n".encode())
        except OSError as error:
            raise SinkError(error.strerror or str(error)) from error

    async def close(self) -> None:
        """Nothing is open."""

    def _append(self, data: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._is_whole:
            mend(self._path)
            self._is_whole = True
        with self._path.open("ab", buffering=0) as stream:
            place = stream.tell()
            try:
                while data:
                    data = data[stream.write(data) :]
                os.fsync(stream.fileno())
            except OSError:
                stream.truncate(place)
                raise
