"""Pictures and masks as a condition changes them, on disk. Knows no method and no product.

Source of the changes: One-shot LVLM, section 4.3: a quarter turn counter-clockwise; a white border
of 20 px; the text "2025-05-12" at the top right, white with a black border, 30 px high.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evals.suites.records import Perturbation
from tools.arrays import BoolMask, UInt8Image
from tools.records import Box

if TYPE_CHECKING:
    from PIL import Image

BORDER_PX = 20
STAMP = "2025-05-12"
STAMP_PX = 30
STAMP_SHARE = 0.25
"""Of the width that the stamp takes at most. At 30 px it takes a fifth of the 900 px that the paper
tests on; of a picture of 200 px it would hide nearly all."""
STAMP_MARGIN_PX = 10


def perturbed_file(path: Path, perturbation: Perturbation, *, folder: Path) -> Path:
    """The file of a picture as changed; the picture's own where nothing is to change.

    Args:
        path: of the picture.
        perturbation: what to change.
        folder: where changed pictures are kept; made once, whole or not at all.

    Raises:
        AssetError: the picture cannot be read.
    """
    if perturbation == "none":
        return path
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    changed = folder / perturbation / f"{name}-{path.stem}.png"
    if not changed.is_file():
        from PIL import Image

        from agent.run_folder import write_atomically
        from tools.assets import open_picture

        picture = open_picture(path)
        image = perturb_picture(picture.read(picture.window_xyxy), perturbation)
        write_atomically(changed, _png(Image.fromarray(image)))
    return changed


def perturb_picture(image_hwc: UInt8Image, perturbation: Perturbation) -> UInt8Image:
    """The picture as changed: (H, W, 3) RGB to (H', W', 3) RGB."""
    return np.ascontiguousarray(_PICTURES[perturbation](image_hwc))


def perturb_mask(mask: BoolMask, perturbation: Perturbation) -> BoolMask:
    """The mask of a changed picture: (H, W) to (H', W')."""
    return np.ascontiguousarray(_MASKS[perturbation](mask))


def perturb_box(box_xyxy: Box, perturbation: Perturbation, *, width_px: int) -> Box:
    """A box of a changed picture.

    Args:
        box_xyxy: pixels of the picture as it was.
        perturbation: what was changed.
        width_px: of the picture as it was.
    """
    x1, y1, x2, y2 = box_xyxy
    if perturbation == "rotate_90":
        return [y1, width_px - x2, y2, width_px - x1]
    if perturbation == "mirror":
        return [width_px - x2, y1, width_px - x1, y2]
    margin = BORDER_PX if perturbation == "border_20" else 0
    return [x1 + margin, y1 + margin, x2 + margin, y2 + margin]


def _bordered(image_hwc: UInt8Image) -> UInt8Image:
    wide = ((BORDER_PX, BORDER_PX), (BORDER_PX, BORDER_PX), (0, 0))
    return np.pad(image_hwc, wide, constant_values=255)


def _stamped(image_hwc: UInt8Image) -> UInt8Image:
    from PIL import Image, ImageDraw

    from tools.fonts import load_font

    picture = Image.fromarray(image_hwc)
    draw = ImageDraw.Draw(picture)
    size = STAMP_PX
    while size > 8 and draw.textlength(STAMP, load_font(size)) > STAMP_SHARE * picture.width:
        size -= 1
    margin = min(STAMP_MARGIN_PX, size)
    place = (picture.width - margin, margin)
    draw.text(
        place,
        STAMP,
        font=load_font(size),
        anchor="ra",
        fill=(255, 255, 255),
        stroke_width=max(1, size // 15),
        stroke_fill=(0, 0, 0),
    )
    return np.asarray(picture)


def _png(picture: Image.Image) -> bytes:
    import io

    stream = io.BytesIO()
    picture.save(stream, format="PNG", compress_level=1)
    return stream.getvalue()


_PICTURES: dict[Perturbation, Callable[[UInt8Image], UInt8Image]] = {
    "none": lambda image: image,
    "rotate_90": np.rot90,
    "border_20": _bordered,
    "time_stamp": _stamped,
    "mirror": np.fliplr,
}
_MASKS: dict[Perturbation, Callable[[BoolMask], BoolMask]] = {
    "none": lambda mask: mask,
    "rotate_90": np.rot90,
    "border_20": lambda mask: np.pad(mask, BORDER_PX),
    "time_stamp": lambda mask: mask,
    "mirror": np.fliplr,
}
