"""Corrections over HTTP: said, listed, undone."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from agent.server.correcting import (
    CorrectionGiven,
    CorrectionTaken,
    list_corrections,
    take_correction,
    undo_correction,
)
from agent.server.depending import Owner, Served

router = APIRouter(prefix="/api/corrections", tags=["corrections"])


@router.post("", status_code=201)
def correct(given: CorrectionGiven, reception: Served, owner: Owner) -> CorrectionTaken:
    """Say what was wrong; it is judged on the references before it takes effect."""
    return take_correction(reception, given, owner=owner)


@router.get("")
def corrections(reception: Served, product: str | None = None) -> list[dict[str, Any]]:
    """What was corrected, by whom, when and why; the newest first."""
    return list_corrections(reception, product)


@router.post("/{correction_id}/undo")
def undo(correction_id: str, reception: Served) -> dict[str, Any]:
    """Put everything back as it was before a correction."""
    return undo_correction(reception, correction_id)
