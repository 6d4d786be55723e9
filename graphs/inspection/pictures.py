"""The decoded asset of one run, opened once for all its nodes. Never part of the state."""

from __future__ import annotations

import threading
from pathlib import Path

from tools.assets import Picture, open_picture


class OpenPictures:
    """Keeps the picture that was opened last; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: tuple[str, Picture] | None = None

    def open(self, path: str, *, max_pixels: int) -> Picture:
        """The picture of a file, decoded at most once in a row.

        Raises:
            AssetError: where the file cannot be inspected.
        """
        with self._lock:
            if self._opened is None or self._opened[0] != path:
                self._opened = (path, open_picture(Path(path), max_pixels=max_pixels))
            return self._opened[1]
