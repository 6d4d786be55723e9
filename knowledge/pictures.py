"""Reference pictures kept by the digest of their files. Knows no product."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from tools.arrays import UInt8Image
from tools.assets.opening import SUFFIXES, open_asset
from tools.assets.overview import overview
from tools.errors import AssetError, KnowledgeError

PICTURE_SUFFIXES = SUFFIXES["image"]
CACHE_BYTES = 200 * 2**20
"""Decoded pictures kept in memory, the last used; the newest stays whatever its size."""


def decode_picture(path: Path) -> UInt8Image:
    """(H, W, 3) RGB of a picture file, upright; of another asset, all its views at one glance.

    Raises:
        AssetError: where the file cannot be read.
    """
    return overview(open_asset(path))


class PictureFolder:
    """Files named by their sha256 and suffix; decoded ones are read-only and shared."""

    def __init__(self, root: Path) -> None:
        """Take the folder; it is made when the first picture is kept."""
        self.root = root
        self._decoded: OrderedDict[str, UInt8Image] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, source: Path, name: str) -> None:
        """Keep a copy of a file; nothing is half-written under its name.

        Args:
            source: the file.
            name: sha256 of its bytes, and a suffix.

        Raises:
            KnowledgeError: where the file is no longer the one that was named.
            OSError: where it cannot be read or written.
        """
        target = self.root / name
        if target.exists():
            return
        data = source.read_bytes()
        if hashlib.sha256(data).hexdigest() != target.stem:
            raise KnowledgeError(f"{source}: changed while it was read; add the folder again")
        self._write(name, data)

    def put_text(self, text: str, name: str) -> None:
        """Keep a small text under a name; nothing is half-written.

        Raises:
            OSError: where it cannot be written.
        """
        if not (self.root / name).exists():
            self._write(name, text.encode())

    def _write(self, name: str, data: bytes) -> None:
        target = self.root / name
        self.root.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".{name}.unfinished")
        with unfinished.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(target)

    def path(self, name: str) -> Path:
        """Where a kept file lies."""
        return self.root / name

    def get(self, name: str) -> UInt8Image:
        """(H, W, 3) RGB of a kept file; read-only.

        Raises:
            KnowledgeError: where the file is gone or no longer a picture.
        """
        with self._lock:
            if name in self._decoded:
                self._decoded.move_to_end(name)
                return self._decoded[name]
        try:
            image_hwc = decode_picture(self.root / name)
        except AssetError as error:
            raise KnowledgeError(
                f"a kept reference is lost; add its product again: {error}"
            ) from error
        image_hwc.flags.writeable = False
        with self._lock:
            self._decoded[name] = image_hwc
            while len(self._decoded) > 1 and self._bytes() > CACHE_BYTES:
                self._decoded.popitem(last=False)
        return image_hwc

    def keep_only(self, names: Iterable[str]) -> None:
        """Delete every file that is not named."""
        kept = set(names)
        if not self.root.is_dir():
            return
        for path in self.root.iterdir():
            if path.name not in kept:
                path.unlink()
        with self._lock:
            for name in [name for name in self._decoded if name not in kept]:
                del self._decoded[name]

    def _bytes(self) -> int:
        return sum(image.nbytes for image in self._decoded.values())
