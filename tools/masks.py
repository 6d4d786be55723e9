"""Masks as COCO run lengths (column-major, compressed string). Knows nothing of boxes or scores."""

from __future__ import annotations

import numpy as np

from tools.arrays import BoolMask


def encode_rle(mask: BoolMask) -> str:
    """Encode a mask as COCO's compressed run-length string.

    Args:
        mask: (H, W), true inside.

    Returns:
        The `counts` string of COCO's RLE; the size is kept beside it by the caller.
    """
    from pycocotools import mask as coco

    encoded = coco.encode(np.asfortranarray(mask, dtype=np.uint8))
    return str(encoded["counts"], "ascii")


def decode_rle(counts: str, *, height_px: int, width_px: int) -> BoolMask:
    """Decode COCO's compressed run lengths into an (H, W) mask.

    Raises:
        ValueError: where the run lengths do not fill `height_px` x `width_px`.
    """
    from pycocotools import mask as coco

    try:
        decoded = coco.decode({"size": [height_px, width_px], "counts": counts.encode("ascii")})
    except ValueError as error:
        raise ValueError(
            f"mask run lengths do not describe {height_px} x {width_px} pixels: {error}"
        ) from error
    return np.asarray(decoded, dtype=np.bool_)
