"""Draws the overlay of an inspection into its run folder. Knows no graph."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from agent.run_folder import write_atomically
from tools.arrays import UInt8Image

if TYPE_CHECKING:
    from graphs.records import Inspection
    from tools.asset_ports import AssetPort
    from tools.records import Box, Region

COMPRESS_LEVEL = 1
"""Level 6 takes six times as long for a tenth less."""


def draw_pictures(
    inspection: Inspection, asset: AssetPort, *, mm_per_px: float | None
) -> UInt8Image:
    """(H, W, 3): every picture of an asset with the verdict and the regions that it shows."""
    from tools.assets.overview import contact_sheet
    from tools.overlay import draw_overlay

    verdict = inspection.verdict
    drawn, captions = [], []
    for number, name in enumerate(asset.names, start=1):
        picture = asset.picture(name)
        boxes = [(region, picture.box_of(region.source)) for region in verdict.regions]
        shown = [
            region if box == region.box_xyxy else moved_region(region, box)
            for region, box in boxes
            if box is not None
        ]
        image_hwc = picture.read(picture.window_xyxy)
        drawn.append(
            draw_overlay(
                image_hwc,
                shown,
                decision=verdict.decision,
                score=verdict.score,
                mm_per_px=mm_per_px,
            )
        )
        captions.append(f"V{number} {picture.label}")
    return drawn[0] if len(drawn) == 1 else contact_sheet(drawn, captions)


def moved_region(region: Region, box_xyxy: Box) -> Region:
    """A region as another picture shows it: its box there, without the mask of its own picture."""
    return region.model_copy(update={"box_xyxy": box_xyxy, "mask": None})


def write_overlay(
    inspection: Inspection, asset: AssetPort, path: Path, *, mm_per_px: float | None
) -> None:
    """Write the pictures with the verdict and its regions drawn.

    Args:
        inspection: what was decided.
        asset: that it speaks of.
        path: of the PNG file; written whole or not at all.
        mm_per_px: of the product; adds a scale bar.
    """
    import zlib

    from PIL import Image

    overlay = draw_pictures(inspection, asset, mm_per_px=mm_per_px)
    buffer = io.BytesIO()
    # Runs alone take three quarters of the time of a search for repeats, and a tenth more bytes.
    picture = Image.fromarray(overlay)
    picture.save(buffer, format="PNG", compress_level=COMPRESS_LEVEL, compress_type=zlib.Z_RLE)
    write_atomically(path, buffer.getvalue())
