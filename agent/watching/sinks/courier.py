"""Brings a run's rows to one sink, in their order, for as long as it takes.

The run's file of results is the outbox: a row that is on the disc will be told, whatever happens.
Knows no protocol.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agent.batch.records import BatchRow
from agent.retry_after import LONGEST_S
from agent.watching.sinks.cursor import Cursor
from agent.watching.sinks.records import Sink, SinkError, Told

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
LONGEST_ASKED_S = LONGEST_S
"""Of what a receiver asks for by `Retry-After`."""
REFUSED_TRIES = 3
"""After so many refusals a row is put aside, so that those behind it are told."""
FAREWELL_S = 10.0
"""So long a sink is told what is left when the run ends."""


@dataclass
class Courier:
    """One sink and how far it was told."""

    sink: Sink
    results: Path
    """`results.jsonl` of the run, whose rows are only ever appended."""
    cursor: Cursor
    run: str
    refused: Path
    """Where rows are put that the receiver does not take."""
    note: Callable[[str], None]
    """Is told, once, that the sink fails and that it is back."""
    pause: Callable[[float], float] = field(default=lambda most: random.uniform(most / 2, most))
    """How long to wait, where so much is the most."""
    n_told: int = 0
    n_refused: int = 0
    failing: str = ""
    """What it said last; empty where the last row was taken."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There is a row more."""
        self._news.set()

    def end(self) -> None:
        """Tell what there is, and nothing that comes later."""
        self._ending.set()
        self._news.set()

    @property
    def waiting(self) -> int:
        """How many rows are not told yet."""
        if not self.results.exists():
            return 0
        with self.results.open("rb") as stream:
            stream.seek(self.cursor.place)
            return sum(line.endswith(b"\n") for line in stream)

    async def deliver(self) -> None:
        """Tell rows until `end` is asked for and none is left, or the sink fails by then."""
        while True:
            self._news.clear()
            line = self._next()
            if line is not None:
                await self._tell(line)
                if self._ending.is_set() and self.failing:
                    return
            elif self._ending.is_set():
                return
            else:
                await self._news.wait()

    def _next(self) -> bytes | None:
        """The line at the place, where it is whole."""
        if not self.results.exists():
            return None
        with self.results.open("rb") as stream:
            stream.seek(self.cursor.place)
            line = stream.readline()
        return line if line.endswith(b"\n") else None

    async def _tell(self, line: bytes) -> None:
        row, most, n_refused = BatchRow.model_validate_json(line), FIRST_PAUSE_S, 0
        while True:
            told = self._told(row)
            self.cursor.send()
            try:
                await self.sink.tell(told)
            except SinkError as error:
                n_refused += error.refused
                if n_refused >= REFUSED_TRIES:
                    self._put_aside(told, str(error))
                    break
                self._note_failure(str(error))
                if self._ending.is_set():
                    return
                await self._wait(self._pause_s(error, most))
                most = min(2 * most, LONGEST_PAUSE_S)
            else:
                self._note_success()
                break
        self.cursor.passed(len(line))

    def _told(self, row: BatchRow) -> Told:
        return Told(
            key=f"{self.run}-{row.task}",
            run=self.run,
            number=self.cursor.number + 1,
            again=self.cursor.is_sent,
            row=row,
        )

    def _pause_s(self, error: SinkError, most: float) -> float:
        asked = min(error.retry_after_s or 0.0, LONGEST_ASKED_S)
        return max(asked, self.pause(most))

    async def _wait(self, seconds: float) -> None:
        """Wait, but no longer than until the run ends."""
        try:
            await asyncio.wait_for(self._ending.wait(), seconds)
        except TimeoutError:
            return

    def _note_failure(self, said: str) -> None:
        if not self.failing:
            self.note(
                f"sink {self.sink.name} fails: {said}; inspecting goes on, rows wait on the disc "
                "and are told in their order"
            )
        self.failing = said

    def _note_success(self) -> None:
        self.n_told += 1
        if self.failing:
            self.note(f"sink {self.sink.name} is back, {self.waiting - 1} rows wait to be told")
        self.failing = ""

    def _put_aside(self, told: Told, said: str) -> None:
        self.n_refused += 1
        with self.refused.open("ab") as stream:
            stream.write(f"{told.model_dump_json()}\n".encode())
        self.note(
            f"sink {self.sink.name} refuses row {told.number} ({said}): it is put into "
            f"{self.refused}, the others go on"
        )
        self.failing = ""
