"""A chat model that answers from recorded calls. Builds no client and reaches no network."""

from __future__ import annotations

from typing import NamedTuple

from agent.replay.recording import Recording, Taken
from agent.replay.requests import request_diff
from graphs.minds.chat import ChatFault, ChatReply, ChatRequest, Purpose
from tools.ports import ArtifactPort


class ChangedRequest(NamedTuple):
    """A request that differs from the recorded one whose reply it got."""

    purpose: Purpose
    number: int
    """Among the replay's calls of this purpose, from 1."""
    diff: list[str]
    """Lines of a unified diff; empty where nothing was left to answer with."""
    answered: bool


class ReplayChat:
    """Plays back what a model said; it serves one recording at a time."""

    def __init__(self, name: str) -> None:
        """Begin with a recording that holds nothing.

        Args:
            name: of the model that was recorded.
        """
        self._name = name
        self.begin(Recording([]))

    def begin(self, recording: Recording) -> None:
        """Answer from another recording, and forget what was noted about the one before."""
        self._recording = recording
        self._numbers: dict[str, int] = {}
        self.n_answered = 0
        self.changed: list[ChangedRequest] = []

    @property
    def name(self) -> str:
        """The model that was recorded."""
        return self._name

    @property
    def calls_tools(self) -> bool:
        """Whether the turn that comes next was recorded with native tool calls.

        A server may have refused them in the midst of an inspection.
        """
        looks = [call for call in self._recording.left if call.request.purpose == "look"]
        return bool(looks[0].request.tools) if looks else True

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        """Give the recorded reply, or raise the recorded fault.

        A request that was not recorded gets the reply of the one in its place, and the difference
        is noted.

        Raises:
            ChatFault: as recorded; `not_recorded` where nothing is left to answer with.
        """
        number = self._numbers.get(request.purpose, 0) + 1
        self._numbers[request.purpose] = number
        taken = self._recording.take(request)
        if taken is None:
            self.changed.append(ChangedRequest(request.purpose, number, [], answered=False))
            raise ChatFault(
                "not_recorded",
                f"the trace holds no call {number} of purpose {request.purpose}",
                retryable=False,
            )
        if not taken.exact:
            diff = request_diff(taken.call.request, request)
            self.changed.append(ChangedRequest(request.purpose, number, diff, answered=True))
        self.n_answered += 1
        return played(taken)

    @property
    def unasked(self) -> int:
        """Recorded calls that nobody asked for."""
        return len(self._recording.left)


def played(taken: Taken) -> ChatReply:
    """The reply of a recorded call.

    Raises:
        ChatFault: where there was none. It says that another attempt may help where the record
            has one, and that nobody needs to wait for it.
    """
    call = taken.call
    if call.reply is None:
        raise ChatFault(
            call.fault or "empty", call.message, retryable=taken.more, retry_after_s=0.0
        )
    return call.reply
