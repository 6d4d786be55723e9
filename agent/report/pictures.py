"""Pictures as data URIs, small enough for a page. Knows no page."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tools.errors import AssetError

if TYPE_CHECKING:
    from PIL.Image import Image

    from tools.arrays import UInt8Image
    from tools.ports import ArtifactPort

LARGE_PX = 800
"""Longer side of the part and of its reference."""
SMALL_PX = 360
"""Longer side of what a tool brought."""
QUALITY = 82
KEPT_BYTES = 150_000
"""A JPEG file below it is embedded as it is."""


class Shot(NamedTuple):
    """A picture on a page."""

    uri: str
    width_px: int
    height_px: int
    original: str
    """Its size before it was made smaller, in words."""


class PageBook:
    """Pictures of one page; each is encoded once."""

    def __init__(self, artifacts: ArtifactPort) -> None:
        """Take the folder that the digests name pictures of."""
        self._artifacts = artifacts
        self._shots: dict[tuple[str, int], Shot | None] = {}

    def shot(self, digest: str | None, *, max_side_px: int = SMALL_PX) -> Shot | None:
        """A kept picture; None where there is none, or it is not kept any more."""
        if digest is None:
            return None
        key = (digest, max_side_px)
        if key not in self._shots:
            self._shots[key] = self._made(digest, max_side_px)
        return self._shots[key]

    def image(self, digest: str) -> UInt8Image | None:
        """(H, W, 3) RGB; None where it is not kept any more, or was changed."""
        try:
            return self._artifacts.get(digest)
        except (KeyError, AssetError):
            return None

    def _made(self, digest: str, max_side_px: int) -> Shot | None:
        image_hwc = self.image(digest)
        return None if image_hwc is None else shot_of(image_hwc, max_side_px=max_side_px)


def shot_of(image_hwc: UInt8Image, *, max_side_px: int) -> Shot:
    """Encode a picture as JPEG.

    Args:
        image_hwc: (H, W, 3) RGB.
        max_side_px: larger pictures are made smaller.
    """
    from PIL import Image

    return _encoded(Image.fromarray(np.ascontiguousarray(image_hwc)), max_side_px=max_side_px)


def file_shot(path: Path, *, max_side_px: int = LARGE_PX) -> Shot | None:
    """A picture file for a page; None where it is not there or is no picture.

    A JPEG that is small enough is embedded as it is.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            small = max(picture.size) <= max_side_px
            if picture.format == "JPEG" and small and path.stat().st_size <= KEPT_BYTES:
                width_px, height_px = picture.size
                return _shot(path.read_bytes(), width_px, height_px, _size_words(picture.size))
            original = _size_words(picture.size)
            picture.draft("RGB", (max_side_px, max_side_px))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            return _encoded(upright, max_side_px=max_side_px)._replace(original=original)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return None


def _encoded(picture: Image, *, max_side_px: int) -> Shot:
    from PIL.Image import Resampling

    original = _size_words(picture.size)
    if max(picture.size) > max_side_px:
        picture.thumbnail((max_side_px, max_side_px), Resampling.BILINEAR, reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=QUALITY)
    return _shot(buffer.getvalue(), picture.width, picture.height, original)


def _shot(data: bytes, width_px: int, height_px: int, original: str) -> Shot:
    uri = f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}"
    return Shot(uri, width_px, height_px, original)


def _size_words(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} px"
