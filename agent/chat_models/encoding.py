"""Pictures as data URLs: resampled, mirrored, encoded. The same picture gives the same bytes.

Knows no message and no model.
"""

from __future__ import annotations

import base64
import io
import threading
from collections import OrderedDict
from typing import NamedTuple

from PIL import Image, ImageOps

from graphs.minds.chat import ShownPicture
from tools.arrays import UInt8Image
from tools.artifacts import PNG_COMPRESS_LEVEL
from tools.ports import ArtifactPort

MAX_PNG_PIXELS = 256 * 256
"""Up to this many pixels PNG, which keeps each of them; above JPEG, a tenth as large."""
JPEG_QUALITY = 92
CACHE_BYTES = 64 * 2**20


class SentPicture(NamedTuple):
    """A picture as it goes over the wire."""

    url: str
    n_bytes: int
    """Of the encoded picture, before base64."""


class PictureEncoder:
    """Encodes pictures and keeps the last of them; safe for threads.

    Each round of an inspection sends the pictures of the rounds before it again.
    """

    def __init__(self, *, cache_bytes: int = CACHE_BYTES) -> None:
        """Start empty.

        Args:
            cache_bytes: of data URLs that are kept, least recently used leave first.
        """
        self._cache_bytes = cache_bytes
        self._kept = 0
        self._cache: OrderedDict[tuple[str, int, bool], SentPicture] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, shown: ShownPicture) -> SentPicture | None:
        """The encoded picture, where it is kept."""
        key = _key(shown)
        with self._lock:
            found = self._cache.get(key)
            if found is not None:
                self._cache.move_to_end(key)
            return found

    def encode(self, shown: ShownPicture, artifacts: ArtifactPort) -> SentPicture:
        """Encode a picture. Blocking.

        Args:
            shown: which, how large, and whether mirrored.
            artifacts: where it is.

        Raises:
            KeyError: where the artifact is not kept.
        """
        found = self.known(shown)
        if found is not None:
            return found
        image_hwc = artifacts.get(shown.artifact)
        if _goes_as_it_is(image_hwc, shown):
            sent = _as_url("png", artifacts.png(shown.artifact))
        else:
            sent = encode_picture(image_hwc, max_side_px=shown.max_side_px, mirrored=shown.mirrored)
        self._remember(_key(shown), sent)
        return sent

    def _remember(self, key: tuple[str, int, bool], sent: SentPicture) -> None:
        with self._lock:
            if key in self._cache:
                return
            self._cache[key] = sent
            self._kept += len(sent.url)
            while self._kept > self._cache_bytes:
                self._kept -= len(self._cache.popitem(last=False)[1].url)


def encode_picture(image_hwc: UInt8Image, *, max_side_px: int, mirrored: bool) -> SentPicture:
    """A picture as a data URL.

    Args:
        image_hwc: (H, W, 3) RGB.
        max_side_px: a larger picture is reduced to it with antialiasing (Lanczos).
        mirrored: left and right are swapped.
    """
    picture = resampled(image_hwc, max_side_px=max_side_px, mirrored=mirrored)
    written = io.BytesIO()
    if picture.width * picture.height <= MAX_PNG_PIXELS:
        kind = "png"
        picture.save(written, format="PNG", compress_level=PNG_COMPRESS_LEVEL)
    else:
        kind = "jpeg"
        # Full colour resolution: a thin red thread on white is a defect, not noise.
        picture.save(written, format="JPEG", quality=JPEG_QUALITY, subsampling=0)
    return _as_url(kind, written.getvalue())


def _as_url(kind: str, content: bytes) -> SentPicture:
    text = base64.b64encode(content).decode("ascii")
    return SentPicture(f"data:image/{kind};base64,{text}", len(content))


def _goes_as_it_is(image_hwc: UInt8Image, shown: ShownPicture) -> bool:
    """Whether the kept file is what `encode_picture` would make: PNG by the same settings."""
    height_px, width_px = image_hwc.shape[:2]
    fits = max(height_px, width_px) <= shown.max_side_px
    return fits and not shown.mirrored and height_px * width_px <= MAX_PNG_PIXELS


def resampled(image_hwc: UInt8Image, *, max_side_px: int, mirrored: bool) -> Image.Image:
    """A picture as it is shown, not yet encoded; see `encode_picture`."""
    picture = Image.fromarray(image_hwc)
    longer = max(picture.size)
    if longer > max_side_px:
        size = tuple(max(1, round(side * max_side_px / longer)) for side in picture.size)
        picture = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    return ImageOps.mirror(picture) if mirrored else picture


def _key(shown: ShownPicture) -> tuple[str, int, bool]:
    return shown.artifact, shown.max_side_px, shown.mirrored
