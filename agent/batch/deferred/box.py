"""What a deferred run has sent and got back: one SQLite file in its folder.

Each change is on the disc before the next step begins, so that a run that was killed anywhere knows
what it may have submitted. Knows no server and no inspection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple

from agent.durable_database import open_durable

FILE = "deferred.sqlite"
PartStatus = Literal["written", "submitted", "collected", "refused"]
TABLES = """
CREATE TABLE IF NOT EXISTS parts (
    id INTEGER PRIMARY KEY, wave INTEGER NOT NULL, file TEXT NOT NULL, token TEXT NOT NULL UNIQUE,
    n INTEGER NOT NULL, status TEXT NOT NULL, batch TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS questions (
    key TEXT NOT NULL, part INTEGER NOT NULL, images INTEGER NOT NULL,
    picture_bytes INTEGER NOT NULL, PRIMARY KEY (key, part));
CREATE TABLE IF NOT EXISTS outcomes (
    key TEXT NOT NULL, nth INTEGER NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    images INTEGER NOT NULL, picture_bytes INTEGER NOT NULL, input INTEGER NOT NULL,
    cached INTEGER NOT NULL, output INTEGER NOT NULL, PRIMARY KEY (key, nth));
CREATE TABLE IF NOT EXISTS lost (key TEXT PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS conceded (name TEXT PRIMARY KEY);
"""


class Part(NamedTuple):
    """One input file, and the batch that was made of it."""

    id: int
    wave: int
    file: str
    """Its name in the folder of the run's deferred files."""
    token: str
    """Stands in the batch's metadata: by it a batch is found whose id was lost."""
    n: int
    """Requests."""
    status: PartStatus
    batch: str
    """Id of the batch; empty before it is known."""


class Question(NamedTuple):
    """One request of a part."""

    key: str
    images: int
    picture_bytes: int


class Outcome(NamedTuple):
    """What came of a request: the body of a completion with status 200, else of an error."""

    status: int
    body: str
    images: int = 0
    picture_bytes: int = 0


class Came(NamedTuple):
    """What came back from a server for one question."""

    key: str
    status: int
    body: str
    tokens: tuple[int, int, int] = (0, 0, 0)
    """Input, cached ones among them, and output."""


class Counted(NamedTuple):
    """What all answers of a run come to."""

    n_answers: int = 0
    tokens: tuple[int, int, int] = (0, 0, 0)
    """Input, cached ones among them, and output."""
    dearest: tuple[int, int, int] = (0, 0, 0)
    """The most of each that one answer had, cached ones left out."""


class DeferredBox:
    """The file, open. One process at a time, which the log of results sees to."""

    def __init__(self, path: Path) -> None:
        """Open it; it is made where it is missing."""
        self._db = open_durable(path, tables=TABLES)

    def __enter__(self) -> DeferredBox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def parts(self, *statuses: PartStatus) -> list[Part]:
        """Those of some statuses, in the order in which they were written."""
        marks = ", ".join("?" for _ in statuses)
        query = (
            "SELECT id, wave, file, token, n, status, batch FROM parts "
            f"WHERE status IN ({marks}) ORDER BY id"
        )
        return [Part(*row) for row in self._db.execute(query, statuses)]

    @property
    def open_parts(self) -> list[Part]:
        """Those that are to be submitted, or to be collected."""
        return self.parts("written", "submitted")

    @property
    def next_wave(self) -> int:
        """The number of the wave that comes, from 1."""
        (last,) = self._db.execute("SELECT COALESCE(MAX(wave), 0) FROM parts").fetchone()
        return int(last) + 1

    def intend(self, *, wave: int, file: str, token: str, questions: Sequence[Question]) -> Part:
        """Note that a file is to be submitted, before it is."""
        with self._db:
            found = self._db.execute(
                "INSERT INTO parts (wave, file, token, n, status) VALUES (?, ?, ?, ?, 'written')",
                (wave, file, token, len(questions)),
            )
            part = int(found.lastrowid or 0)
            rows = [(one.key, part, one.images, one.picture_bytes) for one in questions]
            self._db.executemany("INSERT INTO questions VALUES (?, ?, ?, ?)", rows)
        return Part(part, wave, file, token, len(questions), "written", "")

    def submitted(self, part: Part, batch: str) -> None:
        """Note the id of a part's batch."""
        self._set(part, "submitted", batch)

    def refused(self, part: Part) -> None:
        """Note that a part came to nothing: its questions are asked anew."""
        self._set(part, "refused", part.batch)

    def collected(self, part: Part, outcomes: Iterable[Came]) -> int:
        """Keep what came of a part: all of it, or nothing.

        Args:
            part: that was submitted.
            outcomes: of its questions; what has none is lost, and counted so.

        Returns:
            How many questions are lost.
        """
        query = "SELECT key, images, picture_bytes FROM questions WHERE part = ?"
        asked = {row[0]: Question(*row) for row in self._db.execute(query, (part.id,))}
        with self._db:
            for came in outcomes:
                question = asked.pop(came.key, None)
                if question is not None:
                    self._keep(question, came)
            self._lose(asked)
            self._db.execute("UPDATE parts SET status = 'collected' WHERE id = ?", (part.id,))
        return len(asked)

    def outcome(self, key: str, nth: int) -> Outcome | None:
        """What came when a question was asked for the nth time, from 1."""
        query = "SELECT status, body, images, picture_bytes FROM outcomes WHERE key=? AND nth=?"
        found = self._db.execute(query, (key, nth)).fetchone()
        return None if found is None else Outcome(*found)

    def forget(self, key: str) -> int:
        """Drop what came of a question, which is put otherwise; how often it was lost by now."""
        with self._db:
            self._db.execute("DELETE FROM outcomes WHERE key = ?", (key,))
            self._lose([key])
        return self.n_lost(key)

    def n_lost(self, key: str) -> int:
        """How often a question came back without an answer, for no reason of its own."""
        found = self._db.execute("SELECT n FROM lost WHERE key = ?", (key,)).fetchone()
        return 0 if found is None else int(found[0])

    def is_under_way(self, key: str) -> bool:
        """Whether a question is in a part that is not collected."""
        query = (
            "SELECT 1 FROM questions JOIN parts ON parts.id = questions.part "
            "WHERE key = ? AND status IN ('written', 'submitted')"
        )
        return self._db.execute(query, (key,)).fetchone() is not None

    def forgive(self) -> None:
        """Drop all faults: what was refused or lost is asked once more."""
        with self._db:
            self._db.execute("DELETE FROM outcomes WHERE status != 200")
            self._db.execute("DELETE FROM lost")

    def counted(self) -> Counted:
        """What all answers come to."""
        sums = ", ".join(f"COALESCE(SUM({name}), 0)" for name in ("input", "cached", "output"))
        most = sums.replace("SUM", "MAX")
        query = f"SELECT COUNT(*), {sums}, {most} FROM outcomes WHERE status = 200"
        n, *tokens = self._db.execute(query).fetchone()
        return Counted(n, (tokens[0], tokens[1], tokens[2]), (tokens[3], 0, tokens[5]))

    @property
    def conceded(self) -> set[str]:
        """What the server was found not to take."""
        return {row[0] for row in self._db.execute("SELECT name FROM conceded")}

    def concede(self, names: Iterable[str]) -> None:
        """Keep what the server was found not to take."""
        with self._db:
            rows = [(name,) for name in names]
            self._db.executemany("INSERT OR IGNORE INTO conceded VALUES (?)", rows)

    def _lose(self, keys: Iterable[str]) -> None:
        query = "INSERT INTO lost VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET n = n + 1"
        self._db.executemany(query, [(key,) for key in keys])

    def _keep(self, question: Question, came: Came) -> None:
        query = "SELECT COUNT(*) FROM outcomes WHERE key = ?"
        (n,) = self._db.execute(query, (question.key,)).fetchone()
        shown = (question.images, question.picture_bytes)
        row = (question.key, n + 1, came.status, came.body, *shown, *came.tokens)
        self._db.execute("INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def _set(self, part: Part, status: PartStatus, batch: str) -> None:
        with self._db:
            self._db.execute(
                "UPDATE parts SET status = ?, batch = ? WHERE id = ?", (status, batch, part.id)
            )
