"""Tool `correct`: what a person says was wrong. Judges nothing itself."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from pydantic import Field

from agent.mcp_server.calling import owner_of, refusing
from agent.mcp_server.inspecting import Inspected
from agent.server.correcting import (
    Becomes,
    CorrectionGiven,
    CorrectionTaken,
    Kind,
    take_correction,
)
from agent.server.reception import Reception


class CorrectingTools:
    """What changes knowledge."""

    def __init__(self, reception: Reception) -> None:
        """Take whose home it is."""
        self._reception = reception

    async def correct(
        self,
        ctx: Context[Any, Any],
        inspection: Inspected,
        kind: Annotated[Kind, Field(description="not_a_defect, missed, or cause.")],
        text: Annotated[str, Field(description="What it is, or what the cause was.")] = "",
        finding: Annotated[str, Field(description="F1, F2, ...: which is no defect.")] = "",
        box_xyxy: Annotated[
            tuple[float, float, float, float] | None, Field(description="Of what was missed.")
        ] = None,
        failure_mode: Annotated[str, Field(description="Its id, where it is one.")] = "",
        becomes: Annotated[Becomes, Field(description="case, rule, or reference.")] = "case",
        why: Annotated[str, Field(description="The person's reason.")] = "",
    ) -> CorrectionTaken:
        """Take in what a person says was wrong with an inspection; only on their word.

        It is judged on the references before it takes effect, kept with who said it and why, and
        can be undone.
        """
        given = {
            "inspection": inspection.removeprefix("loupe://inspections/"),
            "kind": kind,
            "text": text,
            "finding": finding,
            "box_xyxy": box_xyxy,
            "failure_mode": failure_mode,
            "becomes": becomes,
            "why": why,
        }
        with refusing():
            said = CorrectionGiven.model_validate(given)
            owner = owner_of(ctx)
            return await asyncio.to_thread(take_correction, self._reception, said, owner=owner)
