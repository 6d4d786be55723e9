"""The recorded calls of one inspection, each given out once. Knows no chat model and no graph."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from agent.replay.requests import request_lines
from agent.trace import Trace
from graphs.journal import BeginLine, CallLine
from graphs.minds.chat import ChatRequest

ASKED_AT_ONCE = frozenset({"direct", "stability"})
"""Purposes whose calls run side by side and stand in the trace as they were answered, so that
their order says nothing: there the most alike is taken."""


class Taken(NamedTuple):
    """A recorded call, and whether it answered this very request."""

    call: CallLine
    exact: bool
    more: bool
    """Whether another attempt at the same request was recorded after it."""


class Recording:
    """What a model was asked and answered in one inspection."""

    def __init__(self, calls: Sequence[CallLine]) -> None:
        """Take the calls, in the order of the trace."""
        self._calls = list(calls)
        self._left = list(range(len(self._calls)))
        self._asked: dict[str, int] = {}

    @property
    def calls(self) -> list[CallLine]:
        """All of them."""
        return list(self._calls)

    @property
    def left(self) -> list[CallLine]:
        """Those that nobody asked for yet."""
        return [self._calls[position] for position in self._left]

    def take(self, request: ChatRequest) -> Taken | None:
        """The recorded call for a request; None where nothing is left of its purpose.

        The first unused one with the request's key; else the one that has its purpose and its
        ordinal, or the next unused one after it.
        """
        ordinal = self._asked.get(request.purpose, 0)
        self._asked[request.purpose] = ordinal + 1
        key = request.key()
        same_key = [one for one in self._left if self._calls[one].key == key]
        if same_key:
            return self._give(same_key[0], exact=True)
        of_purpose = [
            position
            for position, call in enumerate(self._calls)
            if call.request.purpose == request.purpose
        ]
        if request.purpose in ASKED_AT_ONCE:
            unused = [one for one in of_purpose if one in self._left]
            return self._give(self._most_alike(unused, request), exact=False) if unused else None
        due = [one for one in of_purpose[ordinal:] if one in self._left]
        return self._give(due[0], exact=False) if due else None

    def _give(self, position: int, *, exact: bool) -> Taken:
        self._left.remove(position)
        call = self._calls[position]
        return Taken(call, exact, more=any(one.key == call.key for one in self.left))

    def _most_alike(self, positions: Sequence[int], request: ChatRequest) -> int:
        asked = request_lines(request)

        def likeness(position: int) -> float:
            recorded = request_lines(self._calls[position].request)
            return SequenceMatcher(None, recorded, asked, autojunk=False).ratio()

        return max(positions, key=likeness)


def recording_of(trace: Trace) -> Recording:
    """The calls that an inspection rests on.

    Where a run was interrupted and went on, a request that was asked again has its replies from
    the later run: those of the earlier one were lost with it.
    """
    runs: list[list[CallLine]] = [[]]
    for line in trace.lines:
        if isinstance(line, BeginLine) and line.resumed:
            runs.append([])
        elif isinstance(line, CallLine):
            runs[-1].append(line)
    kept: list[CallLine] = []
    for position, run in enumerate(runs):
        later = {call.key for after in runs[position + 1 :] for call in after}
        kept.extend(call for call in run if call.key not in later)
    return Recording(kept)
