"""A model that plays back replies. Knows nothing of what they are about."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.loopback.faults import FAULTS
from agent.loopback.refusals import Refused
from agent.loopback.replies import CalledTool, FinishReason, Reply
from agent.loopback.requests import ChatRequest, texts_of
from tools.errors import SettingsError

Line = Reply | str | Callable[[ChatRequest], Reply]
"""A reply; the name of a fault, else a text; or a function that makes a reply."""
AtEnd = Literal["refuse", "repeat", "restart"]


class Scripted:
    """Plays back replies in their order; one order for all, or one for each conversation."""

    def __init__(
        self,
        replies: Sequence[Line],
        *,
        at_end: AtEnd = "refuse",
        conversation: Callable[[ChatRequest], str] | None = None,
    ) -> None:
        """A script.

        Args:
            replies: what is said, in this order; a string that names a fault of `FAULTS` is it.
            at_end: after the last reply, status 400 with code `script_exhausted`; the last reply
                again; or the first again.
            conversation: which conversation a request is of, each with its own place in the
                script; by default there is one. `opening_of` tells them by their first user
                message.
        """
        if not replies:
            raise SettingsError("a script needs at least one reply")
        self._replies = list(replies)
        self._at_end = at_end
        self._conversation = conversation or (lambda request: "")
        self._places: dict[str, int] = {}
        self._lock = threading.Lock()

    def reply(self, request: ChatRequest) -> Reply:
        """The next reply of the request's conversation."""
        key = self._conversation(request)
        with self._lock:
            place = self._places.get(key, 0)
            self._places[key] = place + 1
        return _said(self._replies[self._index(place)], request)

    def _index(self, place: int) -> int:
        n_replies = len(self._replies)
        if place < n_replies:
            return place
        if self._at_end == "repeat":
            return n_replies - 1
        if self._at_end == "restart":
            return place % n_replies
        raise Refused(
            f"The script has {n_replies} replies; this is request {place + 1}.",
            code="script_exhausted",
        )


def opening_of(request: ChatRequest) -> str:
    """The text of the first user message: what tells conversations apart."""
    user = next((one for one in request.messages if one["role"] == "user"), None)
    return "\n".join(texts_of(user)) if user else ""


def _said(line: Line, request: ChatRequest) -> Reply:
    if isinstance(line, Reply):
        return line
    if isinstance(line, str):
        return FAULTS[line](request) if line in FAULTS else Reply(text=line)
    return line(request)


class _Call(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    arguments: dict[str, Any] | str = Field(default_factory=dict)
    id: str | None = None


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str | None = None
    json_: Any = Field(default=None, alias="json")
    tool_calls: list[_Call] = Field(default_factory=list)
    refusal: str | None = None
    finish_reason: FinishReason | None = None
    fault: str | None = None
    times: int = Field(default=1, ge=1)

    def line(self) -> Line:
        if self.fault is not None:
            return FAULTS[self.fault]
        text = self.text if self.json_ is None else json.dumps(self.json_, ensure_ascii=False)
        calls = tuple(
            CalledTool(name=call.name, arguments=call.arguments, id=call.id)
            for call in self.tool_calls
        )
        return Reply(
            text=text, tool_calls=calls, refusal=self.refusal, finish_reason=self.finish_reason
        )


def load_script(path: Path) -> list[Line]:
    """The replies of a YAML or JSON file: a list of texts and mappings.

    A mapping has `text`, `json` (a value that is sent as text), `tool_calls` (`name`,
    `arguments` as a mapping or as raw text, `id`), `refusal`, `finish_reason`, or `fault` (a name
    of `FAULTS`), and `times`.

    Raises:
        SettingsError: the file cannot be read, or a line is none.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        lines = TypeAdapter(list[str | _Line]).validate_python(found)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        said = " ".join(str(error).split())
        raise SettingsError(f"{path}: no script of replies: {said}") from error
    replies: list[Line] = []
    for number, line in enumerate(lines, start=1):
        if isinstance(line, str):
            replies.append(Reply(text=line))
            continue
        if line.fault is not None and line.fault not in FAULTS:
            raise SettingsError(
                f"{path}: reply {number}: no fault {line.fault!r}; there are {', '.join(FAULTS)}"
            )
        replies.extend([line.line()] * line.times)
    return replies
