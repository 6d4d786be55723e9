"""Where one turn of a conversation is told: its trace, and its spans where they are wanted.

Knows no graph.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.spans import SERVICE
from agent.trace import Tee, TraceWriter
from graphs.journal import now

if TYPE_CHECKING:
    from agent.spans import SpanJournal, Spans
    from graphs.conversation.events import DoneEvent
    from graphs.journal import Journal, TraceLine

AGENT = f"{SERVICE}-conversation"


class TurnJournal:
    """Takes the lines of one turn. A `Journal`."""

    def __init__(self, journal: Journal, spans: SpanJournal | None = None) -> None:
        self._journal = journal
        self.spans = spans
        """Of the turn, where they are wanted."""
        self.done: DoneEvent | None = None
        """How the turn ended, where it did."""

    def write(self, line: TraceLine) -> None:
        """Pass one line on."""
        self._journal.write(line)


@contextmanager
def turn_journal(path: Path, spans: Spans | None, *, thread: str) -> Iterator[TurnJournal]:
    """Open the journal of one turn; trace and spans are closed with it.

    Args:
        path: of the thread's trace, which grows.
        spans: of the process; None where none are wanted.
        thread: its name, which a person may have chosen and no span tells.
    """
    with closing(TraceWriter(path)) as trace:
        if spans is None:
            yield TurnJournal(trace)
            return
        told = spans.journal()
        told.begin(short_name(thread), at=now(), agent=AGENT)
        turn = TurnJournal(Tee(trace, told), told)
        with _ended(told, turn):
            yield turn


def short_name(thread: str) -> str:
    """What tells threads apart without a person's words."""
    return hashlib.sha256(thread.encode()).hexdigest()[:8]


@contextmanager
def _ended(spans: SpanJournal, turn: TurnJournal) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        spans.end(at=now(), attributes={"error.type": type(error).__name__})
        raise
    spans.end(at=now(), attributes=_of_done(turn.done))


def _of_done(done: DoneEvent | None) -> dict[str, Any]:
    if done is None:
        return {}
    return {
        "gen_ai.usage.input_tokens": done.usage.input_tokens,
        "gen_ai.usage.output_tokens": done.usage.output_tokens,
        "loupe.mind": done.mind,
        "loupe.turn": done.turn,
        "loupe.asks": done.asks,
        "loupe.citations": len(done.citations),
    }
