"""A model's answers on disk, by what it was asked. Knows no prompt and no metric.

The same pictures, words, model and parameters are asked once, whichever suite or run asks.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from agent.chat_models.around import ChatAround
from agent.chat_models.paced_chat import Pace, pace_of
from agent.durable_database import BUSY_S, open_durable
from agent.purse import PursePort
from agent.together import Together
from graphs.minds.chat import ChatFault, ChatPort, ChatReply, ChatRequest
from tools.answers.words import refuses
from tools.errors import LoupeError
from tools.ports import ArtifactPort

FILE = "answers.sqlite"
_ANSWERS = re.compile(r"\W*(?:(?:yes|no)\b|\{)", re.IGNORECASE)
"""`No, I cannot identify any defect.` is an answer."""
TABLES = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, reply TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS payments (run TEXT NOT NULL, usd REAL NOT NULL);
"""


class AnswerError(LoupeError):
    """The file of answers cannot be used."""


class Paid(NamedTuple):
    """What a run has paid."""

    n_calls: int
    usd: float
    dearest_usd: float
    """Of one call."""


class Answer(NamedTuple):
    """What is kept of a call."""

    key: str
    reply: ChatReply
    run: str
    """That paid."""


class AnswerStore:
    """One SQLite file; safe for threads and for several processes.

    An answer and what it cost are on the disc when `put` returns. Faults are not kept, since they
    may pass, nor are refusals, since whoever asks again means to ask again.
    """

    def __init__(self, path: Path) -> None:
        """Open the file; it and its folder are made where they are missing.

        Args:
            path: of the file.

        Raises:
            AnswerError: it cannot be opened, or is no such file.
        """
        self._path = path
        self._lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._together = Together[Answer](self._put)
        try:
            self._db = open_durable(path, tables=TABLES)
            # Of its own, so that who reads does not wait for the disc with who writes.
            self._reading = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise AnswerError(
                f"{path}: answers cannot be kept there ({error}); mend it, or move it away"
            ) from error

    def __enter__(self) -> AnswerStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._together.close()
        self._reading.close()
        self._db.close()

    def get(self, key: str) -> ChatReply | None:
        """The kept answer; None where there is none."""
        query = "SELECT reply FROM answers WHERE key = ?"
        with self._read_lock, self._told():
            found = self._reading.execute(query, (key,)).fetchone()
        return None if found is None else ChatReply.model_validate_json(found[0])

    def put(self, key: str, reply: ChatReply, *, run: str) -> None:
        """Keep an answer, and note who paid for it.

        Where one is kept under the key already, that one stays.
        """
        self._put([Answer(key, reply, run)])

    async def add(self, key: str, reply: ChatReply, *, run: str) -> None:
        """As `put`, without holding up the loop; answers that come at once are committed once."""
        await self._together.put(Answer(key, reply, run))

    def _put(self, given: Sequence[Answer]) -> None:
        payments = [(one.run, one.reply.cost_usd or 0.0) for one in given]
        answers = [
            (one.key, one.reply.model_dump_json()) for one in given if not is_refusal(one.reply)
        ]
        with self._lock, self._told(), self._db:
            self._db.executemany("INSERT INTO payments VALUES (?, ?)", payments)
            self._db.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?)", answers)

    def paid(self, run: str) -> Paid:
        """What a run has paid so far, over all of its processes."""
        query = (
            "SELECT COUNT(*), COALESCE(SUM(usd), 0), COALESCE(MAX(usd), 0) "
            "FROM payments WHERE run = ?"
        )
        with self._lock, self._told():
            n_calls, usd, dearest = self._db.execute(query, (run,)).fetchone()
        return Paid(int(n_calls), float(usd), float(dearest))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise AnswerError(
                f"{self._path}: answers cannot be kept there ({error}); mend it, or move it away"
            ) from error

    def __len__(self) -> int:
        with self._lock:
            return int(self._db.execute("SELECT COUNT(*) FROM answers").fetchone()[0])


class AnswerKeys:
    """Under which keys answers of one model are kept."""

    def __init__(self, model: str, *, place: str, take: int = 0) -> None:
        """Name the model; see `KeptChat`."""
        self._named = f"{place} {model} take {take}"

    def of(self, request: ChatRequest) -> str:
        """The key of a question: sha256 in hexadecimal."""
        return hashlib.sha256(f"{self._named} {request.key()}".encode()).hexdigest()


class KeptChat(ChatAround):
    """A chat model whose answers are kept, and paid from a purse where they are not.

    A kept answer costs nothing: its price and its time were told by the run that paid.
    """

    def __init__(
        self,
        chat: ChatPort,
        *,
        answers: AnswerStore,
        purse: PursePort,
        run: str,
        place: str = "",
        take: int = 0,
        offline: bool = False,
    ) -> None:
        """Wrap a model.

        Args:
            chat: the model.
            answers: where they are kept.
            purse: pays for what is not kept.
            run: the run that is charged.
            place: which server; the same name on another one is another model.
            take: which of several answers to the same question, where it is asked again to see
                whether it is answered alike.
            offline: ask nobody; what is not kept is a fault.
        """
        super().__init__(chat)
        self._answers = answers
        self._purse = purse
        self._run = run
        self._keys = AnswerKeys(chat.name, place=place, take=take)
        self._offline = offline
        self.n_asked = 0
        self.n_kept = 0

    @property
    def pace(self) -> Pace | None:
        """How the model's calls go; None where it has no server."""
        return pace_of(self._chat)

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        """The kept answer, or a new one.

        Raises:
            ChatFault: the model's; `not_recorded` where nobody may be asked.
            BudgetSpent: nothing is left to pay with.
        """
        key = self._keys.of(request)
        kept = self._answers.get(key)
        if kept is not None:
            self.n_kept += 1
            return kept.model_copy(update={"cost_usd": 0.0, "seconds": 0.0})
        if self._offline:
            raise ChatFault(
                "not_recorded",
                "this question has no kept answer, and none is asked for",
                retryable=False,
            )
        async with self._purse.call() as payment:
            self.n_asked += 1
            reply = await self._chat.complete(request, artifacts=artifacts)
            payment.usd = reply.cost_usd or 0.0
            payment.tokens = reply.input_tokens + reply.output_tokens
            await self._answers.add(key, reply, run=self._run)
        return reply


def is_refusal(reply: ChatReply) -> bool:
    """Whether the model refused: by its field, by the filter, or by words that answer nothing."""
    if reply.refusal or reply.finish == "content_filter":
        return True
    return refuses(reply.text) and not _ANSWERS.match(reply.text)
