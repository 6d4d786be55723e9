"""Loads a SAM by the route that works here: segment-anything, else transformers."""

from __future__ import annotations

import logging
from pathlib import Path

from tools.regions.sam.checkpoint import digest_of, read_checkpoint
from tools.regions.sam.contract import EverythingSettings, Segmenter

log = logging.getLogger(__name__)


def load_segmenter(
    checkpoint: Path, *, device: str = "cpu", settings: EverythingSettings | None = None
) -> Segmenter:
    """Load a released checkpoint.

    Args:
        checkpoint: a released `.pth`, or the safetensors that was converted from it.
        device: torch's name of the device that computes.
        settings: of `everything`; GPT-4V-AD's where None.

    Returns:
        A segmenter; where it is not segment-anything, its `note` says why, and is logged once.

    Raises:
        WeightsError: where the file is missing, broken, or no SAM.
    """
    from tools.regions.sam.by_released import ReleasedSam, trouble

    state = read_checkpoint(checkpoint)
    version = digest_of(checkpoint)[:16]
    why = trouble()
    if not why:
        return ReleasedSam(state, version=version, device=device, settings=settings)
    from tools.regions.sam.by_transformers import TransformersSam

    note = f"SAM runs through transformers' SamModel: {why}"
    log.warning("%s", note)
    return TransformersSam(state, version=version, note=note, device=device, settings=settings)
