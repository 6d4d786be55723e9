"""What a tool of the conversation may use in one turn, and where numbers come from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from graphs.conversation.contract import Emit, KeptInspection, Outcome, TalkContext
from graphs.conversation.records import (
    GivenAsset,
    Hypothesis,
    PendingReview,
    SeenInspection,
    ShownPicture,
    Source,
)
from graphs.conversation.state import TalkState, merge_hypotheses, merge_inspections
from graphs.records import Inspection
from tools.arrays import UInt8Image
from tools.errors import ToolError


@dataclass(kw_only=True)
class Room:
    """The thread as the tools of one move see it; each sees what those before it brought."""

    context: TalkContext
    emit: Emit
    state: TalkState
    assets: list[GivenAsset] = field(default_factory=list)
    inspections: list[SeenInspection] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    hypotheses: list[Hypothesis] = field(default_factory=list)
    reviews: list[PendingReview] = field(default_factory=list)

    @classmethod
    def of(cls, state: TalkState, context: TalkContext, emit: Emit) -> Room:
        """The room of one move."""
        return cls(
            context=context,
            emit=emit,
            state=state,
            assets=list(state.assets),
            inspections=list(state.inspections),
            sources=dict(state.sources),
            hypotheses=list(state.hypotheses),
            reviews=list(state.reviews),
        )

    def take(self, outcome: Outcome) -> None:
        """Let later tools of this move see what a tool brought."""
        self.inspections = merge_inspections(self.inspections, outcome.inspections)
        self.hypotheses = merge_hypotheses(self.hypotheses, outcome.hypotheses)
        self.sources |= {one.id: one for one in outcome.sources}
        over = {*outcome.decided, *(one.ref for one in outcome.waits)}
        self.reviews = [one for one in self.reviews if one.ref not in over] + outcome.waits

    def next_id(self, letter: str) -> str:
        """The next free number: I1, Q1, M1, H1, C1."""
        taken = [one for one in self.sources if re.fullmatch(rf"{letter}[1-9][0-9]*", one)]
        return f"{letter}{1 + max((int(one[1:]) for one in taken), default=0)}"

    def asset(self, asset_id: str) -> GivenAsset:
        """A file of this conversation; the last one for an empty id.

        Raises:
            ToolError: where there is none.
        """
        if not self.assets:
            raise ToolError("no file was given in this conversation; ask the person for one")
        if not asset_id:
            return self.assets[-1]
        for one in self.assets:
            if asset_id in (one.id, one.path):
                return one
        known = ", ".join(one.id for one in self.assets)
        raise ToolError(f"there is no file {asset_id!r}; there are {known}")

    def seen(self, inspection_id: str) -> SeenInspection:
        """An inspection of this conversation; the last one for an empty id.

        Raises:
            ToolError: where there is none.
        """
        if not self.inspections:
            raise ToolError("nothing was inspected in this conversation; call inspect or open_unit")
        if not inspection_id:
            return self.inspections[-1]
        for one in self.inspections:
            if inspection_id in (one.id, one.ref):
                return one
        known = ", ".join(one.id for one in self.inspections)
        raise ToolError(f"there is no inspection {inspection_id!r}; there are {known}")

    def record(self, inspection_id: str) -> tuple[SeenInspection, Inspection]:
        """An inspection of this conversation and its whole record.

        Raises:
            ToolError: where there is none.
        """
        seen = self.seen(inspection_id)
        return seen, self.context.desk.kept(seen.ref).inspection

    def number(self, kept: KeptInspection) -> SeenInspection:
        """An inspection with its number here: the one that it has, or the next.

        Another inspection of the same unit in the same run has the same place, and gets no new
        number as long as nothing in its record changed.
        """
        inspection = kept.inspection
        known = next((one for one in self.inspections if one.ref == kept.ref), None)
        number = known.id if known else f"I{len(self.inspections) + 1}"
        return SeenInspection(
            id=number,
            ref=kept.ref,
            path=inspection.asset.path,
            product=inspection.product,
            decision=inspection.verdict.decision,
            n_evidence=max(len(inspection.evidence), known.n_evidence if known else 0),
        )

    def show(self, image_hwc: UInt8Image, caption: str) -> ShownPicture:
        """Keep a picture, (H, W, 3), in the thread's folder."""
        return ShownPicture(artifact=self.context.artifacts.put(image_hwc), caption=caption)
