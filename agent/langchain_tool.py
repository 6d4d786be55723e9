"""Loupe as a tool of LangChain, for somebody else's agent. Knows no graph of theirs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from langchain_core.tools import StructuredTool

    from agent.inspector import Inspector
    from graphs.records import Inspection

NAME = "inspect_part"
DESCRIPTION = (
    "Inspect a manufactured part in a picture, point cloud, time series or video: normal, "
    "anomalous or review, with regions, broken rules, causes and remedies, each with evidence. "
    "Say only what it found, and name the ids in brackets."
)


class InspectPart(BaseModel):
    """Arguments of the tool."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(description="Path of the file to inspect.")
    product: str | None = Field(
        default=None, description="Name of the product; found by likeness if left out."
    )


def as_tool(inspector: Inspector | None = None) -> StructuredTool:
    """A LangChain tool that inspects one file.

    Its content is the verdict in words; its artifact, the whole record as JSON values. A file
    that cannot be inspected comes back as the tool's error.

    Args:
        inspector: that inspects; one with the settings of the environment where None. Close it
            when done.
    """
    from langchain_core.tools import StructuredTool, ToolException

    from tools.errors import LoupeError

    own = inspector or _inspector()

    async def inspect_part(path: str, product: str | None = None) -> tuple[str, dict[str, Any]]:
        try:
            return told(await own.ainspect(Path(path), product))
        except LoupeError as error:
            raise ToolException(str(error)) from error

    def inspect_part_now(path: str, product: str | None = None) -> tuple[str, dict[str, Any]]:
        return asyncio.run(inspect_part(path, product))

    return StructuredTool.from_function(
        func=inspect_part_now,
        coroutine=inspect_part,
        name=NAME,
        description=DESCRIPTION,
        args_schema=InspectPart,
        response_format="content_and_artifact",
        handle_tool_error=True,
    )


def told(inspection: Inspection) -> tuple[str, dict[str, Any]]:
    """The verdict in words, and the whole record."""
    from graphs.conversation.records import SeenInspection
    from graphs.conversation.recount import evidence_text, verdict_text

    seen = SeenInspection(
        id="I1",
        ref=inspection.id,
        path=inspection.asset.path,
        product=inspection.product,
        decision=inspection.verdict.decision,
        n_evidence=len(inspection.evidence),
    )
    text = f"{verdict_text(seen, inspection)}\n{evidence_text(seen, inspection)}"
    return text, inspection.model_dump(mode="json")


def _inspector() -> Inspector:
    from agent.inspector import Inspector

    return Inspector()
