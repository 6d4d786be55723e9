"""An image asset in memory, read window by window. Knows nothing of files or views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tools.arrays import BoolMask, Float32Map, UInt8Image
from tools.asset_ports import ScoredExtent
from tools.errors import ToolError
from tools.records import Asset, Box, Extent, ImageExtent, whole_pixel_box

if TYPE_CHECKING:
    from tools.asset_ports import AssetPort, ElementScores, Measured, Quantity


class Picture:
    """The pixels of an image asset, decoded once: the asset, and its one picture.

    Implements `AssetPort` and `PicturePort`.
    """

    name = ""
    label = "the whole picture"
    names: Sequence[str] = ("",)

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
        width_px, height_px = self.size
        return [0.0, 0.0, float(width_px), float(height_px)]

    @property
    def size(self) -> list[int]:
        """[width_px, height_px]."""
        return [self._image_hwc.shape[1], self._image_hwc.shape[0]]

    def picture(self, name: str) -> Picture:
        """Itself, under the empty name.

        Raises:
            KeyError: any other name.
        """
        if name:
            raise KeyError(name)
        return self

    def closer(self, window_xyxy: Sequence[float]) -> None:
        """None: the frame has the full resolution."""

    def extent(self, box_xyxy: Box, mask: BoolMask | None = None) -> ImageExtent:
        """The box itself; the mask is kept by the region."""
        return ImageExtent(box_xyxy=box_xyxy)

    def box_of(self, extent: Extent) -> Box | None:
        """The box of an extent in this image; None for another modality's."""
        return extent.box_xyxy if isinstance(extent, ImageExtent) else None

    def paint(self, scores: ElementScores) -> Float32Map:
        """Scores of pixels are a map already; NaN becomes 0."""
        return np.nan_to_num(scores, nan=0.0)

    def moved_like(self, other: AssetPort) -> Picture:
        """Itself: pictures are registered where they are compared."""
        return self

    def quantities(self) -> Mapping[str, Quantity]:
        """None: what is measured on a picture is measured on its regions and parts."""
        return {}

    def measure(self, quantity: str, extent: Extent | None = None) -> Measured:
        """Refuses.

        Raises:
            ToolError: always.
        """
        raise ToolError(f"{quantity!r} is not measured on a whole image; give a region or a part")

    def beyond(self, quantity: str, *, low: float, high: float) -> Sequence[Extent]:
        """Refuses.

        Raises:
            ToolError: always.
        """
        raise ToolError(f"{quantity!r} has no places in an image; give a region or a part")

    def places(self, scores: ElementScores, *, level: float) -> Sequence[ScoredExtent]:
        """Connected pixels above a level; the boxes around them."""
        from tools.regions_from_map import regions_from_map

        found = regions_from_map(self.paint(scores), level=level)
        return [
            ScoredExtent(ImageExtent(box_xyxy=[float(v) for v in one.box_xyxy]), one.score)
            for one in found
        ]

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
