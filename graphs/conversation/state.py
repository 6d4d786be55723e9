"""The state of one thread: records and digests, one meaning and one reducer per channel.

Holds no pixels, no clients and no settings.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Annotated

from graphs.conversation.records import (
    Document,
    GivenAsset,
    Hypothesis,
    PendingReview,
    SeenInspection,
    Source,
    Step,
    TalkTurn,
)
from graphs.records import Usage


def merge_inspections(
    left: list[SeenInspection], right: list[SeenInspection]
) -> list[SeenInspection]:
    """In the order of numbering; a later record of the same id replaces the earlier one."""
    by_id = {one.id: one for one in [*left, *right]}
    return list(by_id.values())


def merge_hypotheses(left: list[Hypothesis], right: list[Hypothesis]) -> list[Hypothesis]:
    """In the order of numbering; a later record of the same id replaces the earlier one."""
    by_id = {one.id: one for one in [*left, *right]}
    return list(by_id.values())


@dataclass(kw_only=True)
class TalkInput:
    """What a person said."""

    said: str
    given: list[str] = field(default_factory=list)
    """Paths of files that came with it."""
    at: str = ""
    """ISO 8601, UTC."""


@dataclass(kw_only=True)
class TalkState(TalkInput):
    """Everything of one thread, and of the turn that is under way."""

    assets: Annotated[list[GivenAsset], operator.add] = field(default_factory=list)
    """In the order of giving: A1, A2, ...; `listen` appends."""
    inspections: Annotated[list[SeenInspection], merge_inspections] = field(default_factory=list)
    """I1, I2, ...; `act` appends or renews."""
    sources: Annotated[dict[str, Source], operator.or_] = field(default_factory=dict)
    """What may be cited, by id; `act` adds."""
    hypotheses: Annotated[list[Hypothesis], merge_hypotheses] = field(default_factory=list)
    """H1, H2, ...; `act` appends or renews."""
    reviews: list[PendingReview] = field(default_factory=list)
    """Inspections that wait for a person, over turns. `act` writes."""
    turns: Annotated[list[TalkTurn], operator.add] = field(default_factory=list)
    """`answer` appends."""
    steps: list[Step] = field(default_factory=list)
    """Of this turn; `listen` empties, `think` and `act` write."""
    documents: list[Document] = field(default_factory=list)
    """Written in this turn."""
    draft: str = ""
    """The answer before its citations were checked. Written by `think`."""
    told: str = ""
    """Of the answer, while it came: all sentences of this turn that were told already. Written by
    `think` and `answer`, emptied by `listen`."""
    n_told: int = 0
    """Letters of the draft that are among them."""
    asks: bool = False
    """Whether the draft is a question to the person."""
    refusals: list[str] = field(default_factory=list)
    """Why drafts of this turn were refused; the mind is told. Written by `answer`."""
    over: bool = False
    """Whether this turn has its answer. `listen` and `answer` write."""
    usage: Usage = field(default_factory=Usage)
    """Of this turn."""
