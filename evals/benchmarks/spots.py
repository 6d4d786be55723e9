"""Plates with and without a dark spot as a data set, and a model that sees the spot.

For what is about running and not about seeing: no picture takes longer than a millisecond. Knows no
suite.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from agent.loopback import ChatRequest, Reply
from evals.benchmarks.tiny_product import SIDE_PX, tiny_plate
from evals.datasets.masks import MaskFiles
from evals.datasets.records import DataSet, DataSetCard, Sample

NAME = "spots"
SPOT_PX = 14
DARK = 30
"""Grey level below which a pixel belongs to a spot."""


def write_spots(folder: Path, *, n_normal: int, n_spotted: int) -> DataSet:
    """Write the pictures and masks that are not there yet.

    Args:
        folder: where.
        n_normal: plates without a spot.
        n_spotted: plates with a spot of 14 x 14 px.
    """
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    truth = folder / "spot.png"
    if not truth.is_file():
        mask = np.zeros((SIDE_PX, SIDE_PX), dtype=np.uint8)
        mask[70 : 70 + SPOT_PX, 24 : 24 + SPOT_PX] = 255
        Image.fromarray(mask).save(truth)
    samples = []
    for number in range(n_normal + n_spotted):
        spotted = number >= n_normal
        path = folder / f"plate_{number:04}.png"
        if not path.is_file():
            plate = tiny_plate(number, spot_px=SPOT_PX if spotted else 0)
            Image.fromarray(plate).save(path)
        samples.append(
            Sample(
                path=path,
                gt_label=int(spotted),
                id=path.name,
                defect_type="spot" if spotted else None,
                gt_mask=MaskFiles(paths=(truth,)) if spotted else None,
            )
        )
    card = DataSetCard(
        name=NAME, title=NAME, modality="image", licence="-", source="-", folders=(NAME,)
    )
    return DataSet(card=card, samples=tuple(samples))


class SeesSpots:
    """A loopback model that answers yes or no, from the pixels of the last picture."""

    def reply(self, request: ChatRequest) -> Reply:
        """Look for a dark square where the spot would be."""
        image = request.pictures[-1].image_hwc()
        n_dark = int((image.mean(axis=2) < DARK).sum())
        return Reply(text="Yes, there is a dark spot." if n_dark else "No.")
