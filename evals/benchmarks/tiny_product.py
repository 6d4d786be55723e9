"""A product of 96 x 96 px that is learned in a moment, for what is not about seeing."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from tools.arrays import UInt8Image

PRODUCT = "plate"
SIDE_PX = 96
N_REFERENCES = 4


class TinyProduct(NamedTuple):
    """Where it was written."""

    product: Path
    normal: Path
    spotted: Path
    """A part with a dark spot of 14 px."""


def tiny_plate(seed: int, *, spot_px: int = 0) -> UInt8Image:
    """A grey plate with two holes and camera noise, (96, 96, 3)."""
    rng = np.random.default_rng(seed)
    image_hwc = 150 + rng.normal(0, 2, (SIDE_PX, SIDE_PX, 3))
    image_hwc[18:34, 18:34] = 40
    image_hwc[60:72, 64:82] = 50
    if spot_px:
        image_hwc[70 : 70 + spot_px, 24 : 24 + spot_px] = 15
    return np.asarray(image_hwc.clip(0, 255), dtype=np.uint8)


def write_tiny_product(folder: Path, *, rules: str = "", notes: str = "") -> TinyProduct:
    """Write the product folder and two parts.

    Args:
        folder: where.
        rules: the text of rules.yaml; one rule where it is empty.
        notes: the text of a note; none where it is empty.
    """
    from PIL import Image

    product = folder / PRODUCT
    (product / "references").mkdir(parents=True)
    descriptor = "A grey plate with two holes."
    (product / "product.yaml").write_text(
        f"name: {PRODUCT}\ndescriptor: {descriptor}\n", encoding="utf-8"
    )
    rule = "- id: R1\n  kind: must\n  text: The plate has no dark spot beside its two holes.\n"
    (product / "rules.yaml").write_text(rules or rule, encoding="utf-8")
    if notes:
        (product / "notes").mkdir()
        (product / "notes" / "standard.md").write_text(notes, encoding="utf-8")
    for number in range(N_REFERENCES):
        picture = Image.fromarray(tiny_plate(number))
        picture.save(product / "references" / f"plate_{number + 1}.png")
    normal, spotted = folder / "normal.png", folder / "spotted.png"
    Image.fromarray(tiny_plate(10)).save(normal)
    Image.fromarray(tiny_plate(11, spot_px=14)).save(spotted)
    return TinyProduct(product, normal, spotted)
