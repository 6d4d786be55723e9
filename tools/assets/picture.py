"""An image asset in memory, read window by window. Knows nothing of files or views."""

from __future__ import annotations

from collections.abc import Sequence

from tools.arrays import UInt8Image
from tools.records import Asset, whole_pixel_box


class Picture:
    """The pixels of an image asset, decoded once."""

    def __init__(self, asset: Asset, image_hwc: UInt8Image, *, notes: Sequence[str] = ()) -> None:
        self._asset = asset
        self._image_hwc = image_hwc
        self._notes = tuple(notes)

    @property
    def asset(self) -> Asset:
        """The file that the pixels come from."""
        return self._asset

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the file's samples to get 8-bit RGB, one sentence each."""
        return self._notes

    @property
    def window_xyxy(self) -> list[float]:
        """The whole picture as a window."""
        height_px, width_px = self._image_hwc.shape[:2]
        return [0.0, 0.0, float(width_px), float(height_px)]

    def read(self, window_xyxy: Sequence[float]) -> UInt8Image:
        """A copy of a window at full resolution.

        Args:
            window_xyxy: original-image pixels; rounded outwards to whole pixels and clipped.

        Returns:
            (H, W, 3) RGB, 0-255.

        Raises:
            ValueError: where nothing of the window lies in the picture.
        """
        height_px, width_px = self._image_hwc.shape[:2]
        x1, y1, x2, y2 = whole_pixel_box(list(window_xyxy))
        x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, width_px), min(y2, height_px)
        if x1 >= x2 or y1 >= y2:
            raise ValueError(
                f"window_xyxy must overlap the picture of {width_px} x {height_px} px, "
                f"got {list(window_xyxy)}"
            )
        return self._image_hwc[y1:y2, x1:x2].copy()
