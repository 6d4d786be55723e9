"""A content-addressed folder of PNG pictures and npz arrays. Knows nothing of what they show."""

from __future__ import annotations

import hashlib
import io
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from tools.arrays import UInt8Image
from tools.errors import AssetError, LoupeError

DIGEST = re.compile(r"[0-9a-f]{64}")
PNG_COMPRESS_LEVEL = 1
"""Level 6 takes six times as long for a tenth less."""
CACHE_BYTES = 64 * 2**20


class ArtifactFolder:
    """Keeps pictures as `<sha256 of the file>.png` and arrays as `.npz`; each is kept once.

    Safe for threads and for several processes: files appear whole or not at all.
    """

    def __init__(self, root: Path, *, cache_bytes: int = CACHE_BYTES) -> None:
        """Name the folder; it is made when the first picture is kept.

        Args:
            root: the folder.
            cache_bytes: decoded pictures kept in memory, least recently used leave first.
        """
        self._root = root
        self._cache_bytes = cache_bytes
        self._cache: OrderedDict[str, UInt8Image] = OrderedDict()
        self._kept_bytes = 0
        self._lock = threading.Lock()

    def put(self, image_hwc: UInt8Image) -> str:
        """Keep a picture.

        Args:
            image_hwc: (H, W, 3) RGB, 0-255.

        Returns:
            sha256 of the PNG file.

        Raises:
            LoupeError: where the folder cannot be written.
        """
        digest = self._keep(_encode(image_hwc), suffix=".png")
        self._remember(digest, image_hwc.copy())
        return digest

    def put_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> str:
        """Keep named arrays.

        Returns:
            sha256 of the npz file; the same arrays give the same.

        Raises:
            LoupeError: where the folder cannot be written.
        """
        buffer = io.BytesIO()
        named: dict[str, Any] = dict(arrays)
        np.savez_compressed(buffer, **named)
        return self._keep(buffer.getvalue(), suffix=".npz")

    def get_arrays(self, digest: str) -> dict[str, NDArray[Any]]:
        """Kept arrays by name.

        Raises:
            KeyError: where none are kept under the digest, or it is none.
            AssetError: where the kept file was changed.
        """
        path = self.path(digest).with_suffix(".npz")
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise KeyError(f"no arrays {digest} in {self._root}") from None
        _check(data, digest, path)
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}

    def get(self, digest: str) -> UInt8Image:
        """A copy of a kept picture, (H, W, 3) RGB.

        Raises:
            KeyError: where no such picture is kept, or `digest` is none.
            AssetError: where the kept file was changed.
        """
        with self._lock:
            known = self._cache.get(digest)
            if known is not None:
                self._cache.move_to_end(digest)
                return known.copy()
        image_hwc = np.array(PngImageFile(io.BytesIO(self.png(digest))).convert("RGB"))
        self._remember(digest, image_hwc)
        return image_hwc.copy()

    def png(self, digest: str) -> bytes:
        """The file of a kept picture; raises as `get`."""
        path = self.path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise KeyError(f"no picture {digest} in {self._root}") from None
        _check(data, digest, path)
        return data

    def _keep(self, data: bytes, *, suffix: str) -> str:
        digest = hashlib.sha256(data).hexdigest()
        path = self._root / f"{digest}{suffix}"
        try:
            if not path.is_file():
                self._write(path, data)
        except OSError as error:
            raise LoupeError(
                f"{path}: it cannot be kept ({error.strerror}); free space or choose another folder"
            ) from error
        return digest

    def path(self, digest: str) -> Path:
        """The picture's file that a digest names, whether or not it is there.

        Raises:
            KeyError: where `digest` is not 64 hexadecimal digits.
        """
        if not DIGEST.fullmatch(digest):
            raise KeyError(f"a digest must be 64 hexadecimal digits, got {digest!r}")
        return self._root / f"{digest}.png"

    def _write(self, path: Path, data: bytes) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.stem}.{os.getpid()}.{threading.get_ident()}.partial")
        try:
            partial.write_bytes(data)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)

    def _remember(self, digest: str, image_hwc: UInt8Image) -> None:
        with self._lock:
            before = self._cache.pop(digest, None)
            self._kept_bytes += image_hwc.nbytes - (0 if before is None else before.nbytes)
            self._cache[digest] = image_hwc
            while self._kept_bytes > self._cache_bytes:
                self._kept_bytes -= self._cache.popitem(last=False)[1].nbytes


def _check(data: bytes, digest: str, path: Path) -> None:
    if hashlib.sha256(data).hexdigest() != digest:
        raise AssetError(f"{path}: its content was changed; delete it and inspect again")


def _encode(image_hwc: UInt8Image) -> bytes:
    if image_hwc.dtype != np.uint8 or image_hwc.ndim != 3 or image_hwc.shape[2] != 3:
        raise ValueError(
            f"image_hwc must be (H, W, 3) uint8, got {image_hwc.shape} {image_hwc.dtype}"
        )
    buffer = io.BytesIO()
    Image.fromarray(image_hwc).save(buffer, format="PNG", compress_level=PNG_COMPRESS_LEVEL)
    return buffer.getvalue()
