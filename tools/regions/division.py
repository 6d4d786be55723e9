"""Divides a picture into regions by GPT-4V-AD's superpixels or grid. Knows nothing of drawing.

Method: GPT-4V-AD (Zhang et al. 2023, arXiv 2311.02612), `region_division.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask, Int64Array, UInt8Image

DIVISION_SIDE_PX = 768
"""Pictures are divided at 768 x 768, aspect not kept."""
N_SEGMENTS = 60
COMPACTNESS = 20.0
N_CELLS = 16
"""Cells along each axis of the grid."""
MIN_AREA_PX, MAX_AREA_PX = 600, 120_000
"""At 768 x 768, both exclusive."""


class RegionMask(NamedTuple):
    """One region of a division."""

    box_xyxy: tuple[int, int, int, int]
    """Its bounding box in the divided picture."""
    mask: BoolMask
    """(H, W) of the box."""

    def full(self, *, height_px: int, width_px: int) -> BoolMask:
        """The mask of the whole picture."""
        whole = np.zeros((height_px, width_px), dtype=np.bool_)
        x1, y1, x2, y2 = self.box_xyxy
        whole[y1:y2, x1:x2] = self.mask
        return whole


def divide_by_superpixels(image_hwc: UInt8Image, *, device: str = "cpu") -> list[RegionMask]:
    """SLIC superpixels that pass the area filter, in the order of their labels.

    Args:
        image_hwc: (768, 768, 3) RGB; other sizes are divided too, with other areas.
        device: on a GPU (cuda, cuda:N) torch divides; elsewhere scikit-image, which is faster.
    """
    return divide_batch_by_superpixels(image_hwc[None], device=device)[0]


def divide_batch_by_superpixels(
    images_bhwc: UInt8Image, *, device: str = "cpu"
) -> list[list[RegionMask]]:
    """The superpixels of several pictures of one size; see `divide_by_superpixels`.

    Args:
        images_bhwc: (B, H, W, 3) RGB.
        device: as there.
    """
    if device.startswith("cuda"):
        from tools.regions.slic_torch import slic_labels

        batch = slic_labels(
            images_bhwc, n_segments=N_SEGMENTS, compactness=COMPACTNESS, device=device
        )
        return [filtered(_regions_of(labels)) for labels in batch]
    from skimage.segmentation import slic

    divided = (slic(image, n_segments=N_SEGMENTS, compactness=COMPACTNESS) for image in images_bhwc)
    return [filtered(_regions_of(np.asarray(labels, dtype=np.int64))) for labels in divided]


def divide_by_grid(*, side_px: int = DIVISION_SIDE_PX, n_cells: int = N_CELLS) -> list[RegionMask]:
    """Square cells that pass the area filter, row by row.

    Args:
        side_px: of the picture.
        n_cells: along each axis; must divide `side_px`.

    Raises:
        ValueError: where it does not.
    """
    if n_cells < 1 or side_px % n_cells:
        raise ValueError(f"n_cells must divide {side_px} px, got {n_cells}")
    cell = side_px // n_cells
    starts = range(0, side_px, cell)
    inside = np.ones((cell, cell), dtype=np.bool_)
    boxes = ((x1, y1, x1 + cell, y1 + cell) for y1 in starts for x1 in starts)
    return filtered(RegionMask(box, inside) for box in boxes)


def region_of_mask(mask: BoolMask) -> RegionMask:
    """The region of a mask, (H, W), that is not empty."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    x1, y1, x2, y2 = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return RegionMask((x1, y1, x2, y2), mask[y1:y2, x1:x2])


def _regions_of(labels: Int64Array) -> Iterable[RegionMask]:
    from scipy.ndimage import find_objects

    for label, place in enumerate(find_objects(labels), start=1):
        if place is not None:
            rows, columns = place
            box = (columns.start, rows.start, columns.stop, rows.stop)
            yield RegionMask(box, labels[place] == label)


def filtered(regions: Iterable[RegionMask]) -> list[RegionMask]:
    """Those of more than 600 and less than 120000 px, in their order."""
    return [kept for kept in regions if MIN_AREA_PX < np.count_nonzero(kept.mask) < MAX_AREA_PX]
