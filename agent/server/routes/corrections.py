"""Corrections over HTTP: said, listed, undone; and references that are added like them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile

from agent.server.correcting import (
    CorrectionGiven,
    CorrectionTaken,
    add_to_references,
    list_corrections,
    take_correction,
    undo_correction,
)
from agent.server.depending import Owner, Served, sent_as
from agent.server.reception import Part

router = APIRouter(prefix="/api", tags=["corrections"])


@router.post("/corrections", status_code=201)
def correct(given: CorrectionGiven, reception: Served, owner: Owner) -> CorrectionTaken:
    """Say what was wrong; it is judged on the references before it takes effect."""
    return take_correction(reception, given, owner=owner)


@router.get("/corrections")
def corrections(reception: Served, product: str | None = None) -> list[dict[str, Any]]:
    """What was corrected, by whom, when and why; the newest first."""
    return list_corrections(reception, product)


@router.post("/corrections/{correction_id}/undo")
def undo(correction_id: str, reception: Served) -> dict[str, Any]:
    """Put everything back as it was before a correction."""
    return undo_correction(reception, correction_id)


@router.post("/products/{name}/references", status_code=201)
async def add_reference(
    name: str,
    reception: Served,
    owner: Owner,
    file: Annotated[UploadFile, File(description="A picture of a normal part.")],
    why: Annotated[str, Form(max_length=1000, description="The reason, for later.")] = "",
    force: Annotated[
        bool, Form(description="Though references would be decided otherwise.")
    ] = False,
) -> CorrectionTaken:
    """Add a normal example; judged before it takes effect, listed and undone as a correction."""
    reception.store.product(name)
    upload = await asyncio.to_thread(reception.uploads.keep_all, [sent_as(file)], owner=owner)
    part = Part(reception.uploads.path(upload), upload.name)
    try:
        return await asyncio.to_thread(
            add_to_references, reception, name, part, owner=owner, why=why, force=force
        )
    finally:
        # A reference has a copy of its own.
        await asyncio.to_thread(reception.uploads.remove, upload)
