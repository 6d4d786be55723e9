"""Pictures divided into numbered regions, and what is said of regions as a map. Knows no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evals.suites.records import Division, OracleRule
from tools.arrays import BoolMask, Float32Map, UInt8Image
from tools.errors import SettingsError

if TYPE_CHECKING:
    from tools.regions import RegionMask
    from tools.regions.sam.contract import Segmenter

SIDE_PX = 768
"""Pictures are divided at this size."""
WRITTEN_SCORE = "{:.4f}"
"""How an oracle writes a score; two digits would take away regions of which a hundredth is bad."""


class Divided(NamedTuple):
    """A picture whose regions are numbered from 1 in their order."""

    path: Path
    masks: Sequence[RegionMask]
    """At 768 x 768."""


def divide_file(path: Path, division: Division, segmenter: Segmenter | None) -> Divided:
    """Divide a picture as GPT-4V-AD does, at 768 x 768 with the aspect not kept.

    Args:
        path: of the picture.
        division: how.
        segmenter: SAM, for its division.

    Raises:
        AssetError: the picture cannot be read.
        SettingsError: SAM is asked for and not there.
    """
    from tools.assets import open_picture
    from tools.regions import divide_by_grid, divide_by_superpixels

    if division == "grid":
        # A grid is the same on every picture; one that cannot be read must still be told.
        open_picture(path)
        return Divided(path, divide_by_grid())
    image = _square(path)
    if division == "superpixel":
        return Divided(path, divide_by_superpixels(image))
    return Divided(path, _divided_by_sam(image, segmenter))


def _square(path: Path) -> UInt8Image:
    """(768, 768, 3): the picture with its aspect not kept."""
    from tools.assets import open_picture
    from tools.regions import resize_bilinear

    picture = open_picture(path)
    image = picture.read(picture.window_xyxy)
    return resize_bilinear(image, width_px=SIDE_PX, height_px=SIDE_PX)


def _divided_by_sam(image: UInt8Image, segmenter: Segmenter | None) -> Sequence[RegionMask]:
    from tools.regions.division import filtered, region_of_mask

    if segmenter is None:
        raise SettingsError(
            "division by SAM needs its weights; `loupe models pull sam-vit-h` and set LOUPE_SAM"
        )
    seen = segmenter.everything(image)
    return filtered(region_of_mask(one.mask) for one in seen if one.mask.any())


def marked_picture(divided: Divided) -> UInt8Image:
    """The picture with white edges and numbers."""
    from tools.regions import draw_marks

    return draw_marks(_square(divided.path), divided.masks, first_number=1)


def painted(divided: Divided, region_scores: Mapping[int, float]) -> Float32Map:
    """(768, 768): every region at its score, 0 elsewhere, the greatest where regions overlap."""
    anomaly_map = np.zeros((SIDE_PX, SIDE_PX), dtype=np.float32)
    for number, score in region_scores.items():
        x1, y1, x2, y2 = divided.masks[number - 1].box_xyxy
        inside, box = divided.masks[number - 1].mask, anomaly_map[y1:y2, x1:x2]
        box[inside] = np.maximum(box[inside], np.float32(score))
    return anomaly_map


def oracle_answer(divided: Divided, truth: BoolMask, rule: OracleRule) -> str:
    """What a model would write that knows the truth, in the published form.

    Args:
        divided: the regions.
        truth: (768, 768), true where anomalous.
        rule: what it says of a region that is anomalous in part.
    """
    scores = {
        number: _said_of(_share(region, truth), rule)
        for number, region in enumerate(divided.masks, start=1)
    }
    told = [
        f"region {number}: {WRITTEN_SCORE.format(score)}"
        for number, score in scores.items()
        if score > 0
    ]
    whole = WRITTEN_SCORE.format(1.0 if truth.any() else 0.0)
    return "; ".join([f"image anomaly score: {whole}", *told]) + "."


def _share(region: RegionMask, truth: BoolMask) -> float:
    x1, y1, x2, y2 = region.box_xyxy
    return float(truth[y1:y2, x1:x2][region.mask].mean())


def _said_of(share: float, rule: OracleRule) -> float:
    return {"share": share, "half": float(share > 0.5), "touch": float(share > 0)}[rule]
