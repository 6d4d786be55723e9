"""What a conversation tells while it goes on, as JSON. Published, so this module stays."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, JsonValue, TypeAdapter

from graphs.conversation.records import Document, Hypothesis, Source
from graphs.records import Usage
from tools.records import Record


class NodeEvent(Record):
    """A node begins: the first comes before anything is read or asked."""

    kind: Literal["node"] = "node"
    node: str
    detail: str = ""
    inspection: str = ""
    """Of which file (A1), where it is a node of an inspection that is under way."""


class ToolEvent(Record):
    """A tool begins or has answered."""

    kind: Literal["tool"] = "tool"
    tool: str
    state: Literal["begins", "answers"]
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    text: str = ""
    """What it answered."""


class PictureEvent(Record):
    """A picture is there to be seen."""

    kind: Literal["picture"] = "picture"
    artifact: str
    """sha256 of the PNG."""
    path: str = ""
    """Of the PNG on this machine."""
    caption: str = ""


class InspectionEvent(Record):
    """An inspection is done and kept."""

    kind: Literal["inspection"] = "inspection"
    id: str
    """In this conversation, I1."""
    ref: str
    """`<run>/<asset>`, for good."""
    path: str
    """Of the file that was inspected."""
    product: str | None
    decision: str | None
    score: float | None = None
    reason: str = ""


class TextEvent(Record):
    """More of the answer; all of them joined are the answer.

    Each comes after its citations were checked, since what was said cannot be taken back: whole
    sentences while the model speaks, the rest at the end.
    """

    kind: Literal["text"] = "text"
    delta: str


class QuestionEvent(Record):
    """The answer is a question; the next `say` answers it."""

    kind: Literal["question"] = "question"
    text: str
    review: str = ""
    """`<run>/<asset>` of the inspection whose decision a person is asked for; else empty."""


class DoneEvent(Record):
    """The turn is over and kept."""

    kind: Literal["done"] = "done"
    thread: str = ""
    turn: int
    answer: str
    asks: bool = False
    citations: list[Source] = Field(default_factory=list)
    hypotheses: list[Hypothesis] = Field(default_factory=list)
    """All of the thread."""
    documents: list[Document] = Field(default_factory=list)
    mind: str
    usage: Usage = Field(default_factory=Usage)


ChatEvent: TypeAlias = Annotated[
    NodeEvent | ToolEvent | PictureEvent | InspectionEvent | TextEvent | QuestionEvent | DoneEvent,
    Field(discriminator="kind"),
]
CHAT_EVENT: TypeAdapter[ChatEvent] = TypeAdapter(ChatEvent)
