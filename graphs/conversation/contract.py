"""What a conversation is given: a mind that moves, and a desk that inspects, remembers and writes.

Whoever implements these is handed in as an argument; knows no implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from pydantic import BaseModel, JsonValue

from graphs.conversation.records import (
    Document,
    Hypothesis,
    PendingReview,
    SeenInspection,
    ShownPicture,
    Source,
)
from graphs.journal import Journal, NoJournal
from graphs.records import Inspection, ToolCall, Usage
from knowledge.corrections import KeptCorrection
from knowledge.records import Product
from tools.arrays import UInt8Image
from tools.ports import ArtifactPort, Passage, ToolResult

if TYPE_CHECKING:
    from graphs.conversation.queries import Query, QueryResult
    from graphs.conversation.state import TalkState
    from graphs.minds.chat import Hearer

Emit: TypeAlias = Callable[[Any], None]
"""Takes a ChatEvent."""


class KeptInspection(NamedTuple):
    """An inspection and where it is kept."""

    ref: str
    """`<run>/<asset>`."""
    inspection: Inspection


class LikeUnit(NamedTuple):
    """A past inspection of a part that looks like another."""

    ref: str
    similarity: float
    """Cosine of the place descriptors, in [-1, 1]."""
    decision: str
    product: str | None
    defects: tuple[str, ...]
    labels: Mapping[str, str]
    created: str


class Correction(NamedTuple):
    """What a person says was wrong; see `agent.corrections`."""

    kind: str
    """not_a_defect, missed or cause."""
    ref: str
    finding: str = ""
    box_xyxy: tuple[float, float, float, float] | None = None
    text: str = ""
    """What it is, or what the cause was."""
    failure_mode: str = ""
    becomes: str = "case"
    """case, rule, or, of a unit without a defect, reference."""
    why: str = ""


class Corrected(NamedTuple):
    """What became of a correction."""

    id: str
    text: str
    """What it changed and what the references said of it."""
    applied: bool


class Desk(Protocol):
    """What the assistant can do outside of the conversation. Blocking unless it is async."""

    async def inspect(
        self,
        path: str,
        *,
        product: str | None,
        labels: Mapping[str, str],
        watcher: Journal,
    ) -> KeptInspection | PendingReview:
        """Inspect a file and keep its record, or stop where a person must decide.

        Raises:
            LoupeError: where it cannot be inspected.
        """
        ...

    async def decide(self, pending: PendingReview, decision: str) -> KeptInspection | PendingReview:
        """Go on with an inspection that waits, also after a restart."""
        ...

    def glance(self, path: str) -> UInt8Image:
        """(H, W, 3): a file at one glance.

        Raises:
            AssetError: where it cannot be read.
        """
        ...

    def kept(self, ref: str) -> KeptInspection:
        """A kept inspection.

        Raises:
            ToolError: where there is none.
        """
        ...

    def picture(self, ref: str, what: str) -> UInt8Image:
        """(H, W, 3): `overlay`, or a picture of the inspection by its digest.

        Raises:
            ToolError: where there is none.
        """
        ...

    def look(
        self, ref: str, tool: str, arguments: Mapping[str, JsonValue], *, artifacts: ArtifactPort
    ) -> ToolResult:
        """Run a tool of `tools.table` on the part of a kept inspection.

        Raises:
            ToolError: to the mind; says what to try.
        """
        ...

    def products(self) -> list[Product]:
        """All that are known."""
        ...

    def search(
        self, query: str, product: str | None, *, kinds: Sequence[str], k: int
    ) -> list[Passage]:
        """Passages of knowledge nearest to a text, best first.

        Raises:
            KnowledgeError: where the product is unknown.
        """
        ...

    def query(self, query: Query) -> QueryResult:
        """Count kept inspections.

        Raises:
            ToolError: where the query cannot be.
        """
        ...

    def like(self, ref: str, *, k: int) -> list[LikeUnit]:
        """Past inspections of parts that look like this one, nearest first."""
        ...

    def correct(self, correction: Correction, *, who: str) -> Corrected:
        """Take in a correction, after the references were asked.

        Raises:
            ToolError: where it cannot be.
        """
        ...

    def corrections(self, product: str | None) -> list[KeptCorrection]:
        """What was corrected, the oldest first; of all products where None.

        Raises:
            KnowledgeError: where the product is unknown.
        """
        ...

    def undo(self, correction_id: str) -> Corrected:
        """Put everything back as it was before a correction.

        Raises:
            KnowledgeError: there is none of this id.
            ToolError: it is undone already.
        """
        ...

    def write(self, name: str, markdown: str, pictures: Mapping[str, UInt8Image]) -> list[Document]:
        """Write a document as markdown and docx.

        Args:
            name: of the files, without a suffix.
            markdown: headings, paragraphs, lists, tables and `![caption](name.png)`.
            pictures: by the file names that the text has.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a tool of the conversation came to. Text is for the mind; the rest is for the record."""

    text: str
    data: dict[str, JsonValue] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    pictures: list[ShownPicture] = field(default_factory=list)
    inspections: list[SeenInspection] = field(default_factory=list)
    hypotheses: list[Hypothesis] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    waits: list[PendingReview] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    """`<run>/<asset>` of inspections that wait no longer."""


class TalkTool(Protocol):
    """One tool: one file, one entry in `graphs.conversation.tools.table`."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str:
        """What it does and when to use it, for a mind."""
        ...

    @property
    def arguments(self) -> type[BaseModel]:
        """Schema with bounds."""
        ...

    async def run(self, room: Any, arguments: Any) -> Outcome:
        """Do it.

        Raises:
            ToolError: to the mind; says what to try.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Move:
    """What a mind wants: tools, or to answer."""

    calls: list[ToolCall] = field(default_factory=list)
    answer: str = ""
    asks: bool = False
    """The answer is a question to the person."""
    reply: str = ""
    usage: Usage = field(default_factory=Usage)


class Talker(Protocol):
    """Who decides the next move: a VLM, or the embedded mind."""

    @property
    def name(self) -> str: ...

    async def move(self, state: TalkState, context: TalkContext) -> Move:
        """The next move of this turn.

        Raises:
            MindFault: where no usable answer came.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class TalkContext:
    """Collaborators of one turn; frozen, never checkpointed."""

    mind: Talker
    desk: Desk
    artifacts: ArtifactPort
    tools: Mapping[str, TalkTool]
    live: bool = True
    """Whether somebody hears the answer while it comes."""
    hearer: Hearer | None = None
    """Hears the replies of a move while they come; `think` gives it."""
    journal: Journal = field(default_factory=NoJournal)
    """Is told of every node and tool; the mind tells it of its calls."""
    who: str = ""
    """The person who speaks."""
    max_steps: int = 12
    """Moves with tool calls for one turn. 0 means no limit."""
    max_refusals: int = 2
    """Drafts that are sent back for citations that do not exist, before they are struck out."""
