"""Tool `decide_review`: goes on with an inspection as the person decided. Has no view itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from graphs.conversation.contract import Outcome
from graphs.conversation.records import PendingReview
from graphs.conversation.room import Room
from graphs.conversation.tools.inspect_asset import opened, waiting
from tools.errors import LoupeError, ToolError


class DecideReviewArguments(BaseModel):
    """Arguments of `decide_review`."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["normal", "anomalous", "review"] = Field(
        description="What the person said; review leaves it open."
    )
    asset: str = Field(default="", description="A1, where several wait; the first one if empty.")


class DecideReviewTool:
    """The person has decided."""

    name = "decide_review"
    description = (
        "Go on with an inspection that waits for a person's decision. Only with the decision that "
        "the person stated in so many words, never with your own."
    )
    arguments = DecideReviewArguments

    async def run(self, room: Room, arguments: DecideReviewArguments) -> Outcome:
        """Go on, and take the inspection in.

        Raises:
            ToolError: nothing waits.
        """
        pending = _pending(room, arguments.asset)
        try:
            found = await room.context.desk.decide(pending, arguments.decision)
        except LoupeError as error:
            raise ToolError(str(error)) from error
        if isinstance(found, PendingReview):
            return waiting(found)
        return replace(opened(room, found), decided=[pending.ref])


def _pending(room: Room, asset: str) -> PendingReview:
    if not room.reviews:
        raise ToolError("no inspection waits for a decision")
    for one in room.reviews:
        if asset in ("", one.asset, one.ref):
            return one
    known = ", ".join(one.asset for one in room.reviews)
    raise ToolError(f"{asset!r} does not wait for a decision; {known} do")


decide_review = DecideReviewTool()
