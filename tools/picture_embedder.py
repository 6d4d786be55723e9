"""What sees a picture as a whole. Knows no tower and no store."""

from __future__ import annotations

from typing import Protocol

from tools.arrays import Float32Array, UInt8Image


class PictureEmbedder(Protocol):
    """Sees a picture as a whole."""

    version: str
    """Changes whenever its vectors do."""

    def embed(self, image_hwc: UInt8Image) -> Float32Array:
        """(D,) of unit length; like pictures have a great cosine."""
        ...
