"""Says a reply while it comes: whole sentences, each only when its citations exist. Pure.

What was said cannot be taken back. So a sentence is held until it ends, the first that cites what
nobody showed ends the saying, and whatever is said otherwise afterwards is marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from graphs.conversation.citations import unknown
from graphs.conversation.records import Source

END = re.compile(r"[.!?:](?=\s)|(?=\n)")
NO_WORDS = re.compile(r"[{`<]")
"""JSON, code or tags: what only the whole reply tells the meaning of."""
GAP = "\n\n"
BROKEN_OFF = "(That was broken off. Once more:)"
NOT_THERE = "(What came next cited something that is not there. Once more:)"


class Spoken:
    """What was said of a move's replies. A `Hearer`."""

    def __init__(
        self, told: str, sources: Mapping[str, Source], say: Callable[[str], None]
    ) -> None:
        """Take what was said in this turn before, what may be cited, and who says it."""
        self.told = told
        """All of the turn."""
        self.n_told = 0
        """Letters of the last reply that were said, without the space before it."""
        self._sources = sources
        self._say = say
        self._text = ""
        self._stopped = False

    def begin(self) -> None:
        """A reply begins; of one before it the rest is lost."""
        if self.n_told:
            self._add(f"{GAP}{BROKEN_OFF}")
        self._text, self.n_told, self._stopped = "", 0, False

    def hear(self, delta: str) -> None:
        """Say what became whole."""
        if self._stopped:
            return
        self._text = (self._text + delta).lstrip() if not self.n_told else self._text + delta
        piece = self._text[self.n_told : _end_of(self._text)]
        if not piece:
            return
        if NO_WORDS.search(piece) or unknown(piece, self._sources):
            self._stopped = True
            return
        if not self.n_told and self.told:
            self._add(GAP)
        self._add(piece)
        self.n_told += len(piece)

    def n_told_of(self, draft: str) -> int:
        """Letters of a draft that were said already; 0 where another text was."""
        return self.n_told if draft.startswith(self._text[: self.n_told]) else 0

    def _add(self, text: str) -> None:
        self.told += text
        self._say(text)


def _end_of(text: str) -> int:
    """Where the last whole sentence ends, before the space behind it; 0 where none does."""
    ends = [match.end() for match in END.finditer(text)]
    closed = [one for one in ends if text.count("[", 0, one) == text.count("]", 0, one)]
    return len(text[: closed[-1]].rstrip()) if closed else 0
