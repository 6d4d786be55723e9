"""The opened asset of one run, opened once for all its nodes. Never part of the state."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from tools.arrays import UInt8Image
from tools.asset_ports import AssetPort
from tools.assets.opening import open_asset
from tools.assets.overview import overview


class OpenPictures:
    """Keeps the asset that was opened last; safe for threads."""

    def __init__(self, *, cameras: Sequence[str] = ()) -> None:
        """Open nothing yet.

        Args:
            cameras: that show point clouds; their own nine where empty.
        """
        self._cameras = tuple(cameras)
        self._lock = threading.Lock()
        self._opened: tuple[str, AssetPort] | None = None
        self._seen: tuple[str, UInt8Image] | None = None

    def open(self, path: str, *, max_pixels: int) -> AssetPort:
        """The asset of a file, decoded at most once in a row.

        Raises:
            AssetError: where the file cannot be inspected.
        """
        with self._lock:
            if self._opened is None or self._opened[0] != path:
                self._opened = (
                    path,
                    open_asset(Path(path), max_pixels=max_pixels, cameras=self._cameras),
                )
            return self._opened[1]

    def overview(self, path: str, *, max_pixels: int) -> UInt8Image:
        """(H, W, 3): the whole asset at one glance, see `tools.assets.overview`.

        Raises:
            AssetError: where the file cannot be inspected.
        """
        asset = self.open(path, max_pixels=max_pixels)
        with self._lock:
            if self._seen is None or self._seen[0] != path:
                self._seen = (path, overview(asset))
            return self._seen[1]
