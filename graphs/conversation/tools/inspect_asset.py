"""Tool `inspect`: inspects a file of the conversation. Knows no mind."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from graphs.conversation.contract import KeptInspection, Outcome
from graphs.conversation.events import InspectionEvent, NodeEvent
from graphs.conversation.records import PendingReview
from graphs.conversation.recount import evidence_text, sources_of, verdict_text
from graphs.conversation.room import Room
from graphs.journal import NodeLine, TraceLine
from knowledge.records import Product
from tools.errors import LoupeError, ToolError


class InspectArguments(BaseModel):
    """Arguments of `inspect`."""

    model_config = ConfigDict(extra="forbid")

    asset: str = Field(default="", description="A1, A2, ...; the last file given if empty.")
    product: str = Field(default="", description="Name of the product; found by likeness if empty.")


class _Told:
    """Tells whoever listens to the conversation of an inspection's nodes."""

    def __init__(self, room: Room, asset: str) -> None:
        self._room = room
        self._asset = asset

    def write(self, line: TraceLine) -> None:
        if isinstance(line, NodeLine):
            told = NodeEvent(node=line.node, detail=line.detail, inspection=self._asset)
            self._room.emit(told)


class InspectTool:
    """A whole inspection."""

    name = "inspect"
    description = (
        "Inspect a file that the person gave: decision, regions, findings, causes, remedies, each "
        "with evidence. Call it before you say anything about a part. Its picture is shown."
    )
    arguments = InspectArguments

    async def run(self, room: Room, arguments: InspectArguments) -> Outcome:
        """Inspect, keep the record, show it.

        Raises:
            ToolError: where there is no such file, or it cannot be inspected.
        """
        asset = room.asset(arguments.asset)
        if asset.problem:
            raise ToolError(asset.problem)
        try:
            kept = await room.context.desk.inspect(
                asset.path,
                product=arguments.product or None,
                labels={},
                watcher=_Told(room, asset.id),
            )
        except LoupeError as error:
            raise ToolError(str(error)) from error
        if isinstance(kept, PendingReview):
            return waiting(kept.model_copy(update={"asset": asset.id}))
        return opened(room, kept)


def waiting(pending: PendingReview) -> Outcome:
    """A person must decide: what is asked, and the inspection that waits."""
    findings = " ".join(pending.findings) or "Nothing was found."
    text = (
        f"A person must decide on {pending.asset or pending.path}: {pending.reason} {findings} "
        "Is it normal, anomalous, or does it stay in review?"
    )
    return Outcome(text=text, waits=[pending], data={"review": pending.ref})


def opened(room: Room, kept: KeptInspection) -> Outcome:
    """An inspection taken into the conversation: told, shown, and what of it may be cited."""
    seen, inspection = room.number(kept), kept.inspection
    verdict = inspection.verdict
    room.emit(
        InspectionEvent(
            id=seen.id,
            ref=seen.ref,
            path=seen.path,
            product=seen.product,
            decision=seen.decision,
            score=verdict.score,
            reason=verdict.reason,
        )
    )
    text = f"{verdict_text(seen, inspection)}\nEvidence:\n{evidence_text(seen, inspection)}"
    pictures = []
    if verdict.status != "failed":
        caption = f"{seen.id}: {verdict.decision}, regions drawn"
        pictures.append(room.show(room.context.desk.picture(seen.ref, "overlay"), caption))
    return Outcome(
        text=text,
        data={
            "inspection": seen.id,
            "ref": seen.ref,
            "decision": seen.decision,
            "product": seen.product,
            "findings": [one.model_dump(mode="json") for one in verdict.findings],
            "causes": [one.model_dump(mode="json") for one in verdict.causes],
            "summary": verdict_text(seen, inspection),
        },
        inspections=[seen],
        sources=sources_of(seen, inspection, product_of(room, inspection.product)),
        pictures=pictures,
    )


def product_of(room: Room, name: str | None) -> Product | None:
    """A product by its name; None where it is unknown or was removed."""
    return next((one for one in room.context.desk.products() if one.name == name), None)


inspect_asset = InspectTool()
