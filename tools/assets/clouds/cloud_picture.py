"""One picture of a cloud, and the way back from its pixels to the points. Knows no expert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tools.arrays import BoolMask, Float32Map, Int64Array, UInt8Image
from tools.assets.clouds import light
from tools.assets.clouds.cameras import PictureName, label_of
from tools.assets.clouds.extents import extent_of
from tools.records import Asset, Box, Extent, PointExtent, whole_pixel_box

if TYPE_CHECKING:
    from tools.asset_ports import ElementScores
    from tools.assets.clouds.cloud import Cloud


class CloudPicture:
    """A cloud as one camera sees it, or a window of that. Implements `PicturePort`."""

    def __init__(self, cloud: Cloud, parsed: PictureName) -> None:
        """Hold the camera; draws nothing.

        Raises:
            KeyError: where there is no such camera.
        """
        self._cloud = cloud
        self._parsed = parsed
        self._lens = cloud.frame.lens(parsed)

    @property
    def asset(self) -> Asset:
        """The cloud's file."""
        return self._cloud.asset

    @property
    def name(self) -> str:
        """Camera, kind and window; see `tools.assets.clouds.cameras`."""
        return str(self._parsed)

    @property
    def label(self) -> str:
        """From where it is seen."""
        closer = "closer, " if self._parsed.window_xyxy else ""
        depth = "distances (near is light), " if self._parsed.depth else ""
        return closer + depth + label_of(self._parsed.camera)

    @property
    def size(self) -> list[int]:
        """[width_px, height_px]."""
        return [self._lens.width_px, self._lens.height_px]

    @property
    def window_xyxy(self) -> list[float]:
        """The whole picture as a window."""
        return [0.0, 0.0, float(self._lens.width_px), float(self._lens.height_px)]

    def read(self, window_xyxy: Sequence[float]) -> UInt8Image:
        """A window's pixels; see `PicturePort.read`."""
        x1, y1, x2, y2 = self._clipped(window_xyxy)
        drawn = self._cloud.drawn(self._parsed)
        if self._parsed.depth:
            image = light.distances(drawn, reach=self._cloud.frame.radius)
        else:
            image = light.lit(drawn)
        return np.ascontiguousarray(image[y1:y2, x1:x2])

    def closer(self, window_xyxy: Sequence[float]) -> CloudPicture:
        """The camera moved to a window, which then fills the picture; see `PicturePort.closer`."""
        x1, y1, x2, y2 = self._clipped(window_xyxy)
        shown = self._cloud.drawn(self._parsed).covered[y1:y2, x1:x2]
        if not shown.any():
            raise ValueError(f"the window {list(window_xyxy)} of {self.name} shows nothing of it")
        return CloudPicture(
            self._cloud, self._parsed._replace(window_xyxy=self._in_whole((x1, y1, x2, y2)))
        )

    def extent(self, box_xyxy: Box, mask: BoolMask | None = None) -> PointExtent:
        """The points that can be seen within a box or mask; see `PicturePort.extent`.

        Where none has its own pixel there (a mask between sparse points), those that the pixels
        show.
        """
        inside = self._inside(box_xyxy, mask)
        drawn = self._cloud.drawn(self._parsed)
        members = np.unique(drawn.visible_v[inside.ravel()[drawn.pixels_v]])
        if not len(members):
            members = np.unique(drawn.shown_hw[inside & drawn.covered])
        if not len(members):
            raise ValueError(f"the box {list(box_xyxy)} of {self.name} shows nothing of the part")
        return extent_of(self._cloud.shape, members.astype(np.int64))

    def box_of(self, extent: Extent) -> Box | None:
        """The box around the seen points of an extent; see `PicturePort.box_of`."""
        if not isinstance(extent, PointExtent) or not self._cloud.holds(extent):
            return None
        drawn = self._cloud.drawn(self._parsed)
        inside = np.zeros(self._cloud.shape.n_elements, dtype=np.bool_)
        inside[extent.point_indices] = True
        among = inside[self._cloud.shape.kept_n]
        pixels = drawn.pixels_v[among[drawn.visible_v]]
        if not len(pixels):
            return None
        rows, columns = np.divmod(pixels, self._lens.width_px)
        return [
            float(columns.min()),
            float(rows.min()),
            float(columns.max() + 1),
            float(rows.max() + 1),
        ]

    def paint(self, scores: ElementScores) -> Float32Map:
        """Scores of points as a map; see `PicturePort.paint`.

        Raises:
            ValueError: where there is not one for each of the file's points.
        """
        if scores.shape != (self._cloud.shape.n_elements,):
            raise ValueError(
                f"scores must be one for each of {self._cloud.shape.n_elements} points, "
                f"got {scores.shape}"
            )
        drawn = self._cloud.drawn(self._parsed)
        of_shape = scores[self._cloud.shape.kept_n].astype(np.float32)
        told = np.where(np.isnan(of_shape), -np.inf, of_shape).astype(np.float32)
        painted = np.where(drawn.covered, told[drawn.shown_hw], -np.inf).astype(np.float32)
        np.maximum.at(painted.ravel(), drawn.pixels_v, told[drawn.visible_v])
        return np.where(np.isfinite(painted), painted, 0).astype(np.float32)

    def centres(self, indices: Int64Array) -> Float32Map:
        """Where points lie in this picture, seen or not.

        Args:
            indices: (N,) of the file's points that serve.

        Returns:
            (N, 2) x and y in pixels.
        """
        at = np.searchsorted(self._cloud.shape.kept_n, indices)
        return self._lens.project(self._cloud.posed.points_n3[at]).xy_n2

    def _clipped(self, window_xyxy: Sequence[float]) -> tuple[int, int, int, int]:
        width_px, height_px = self.size
        x1, y1, x2, y2 = whole_pixel_box(list(window_xyxy))
        x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, width_px), min(y2, height_px)
        if x1 >= x2 or y1 >= y2:
            raise ValueError(
                f"window_xyxy must overlap the picture of {width_px} x {height_px} px, "
                f"got {list(window_xyxy)}"
            )
        return x1, y1, x2, y2

    def _inside(self, box_xyxy: Box, mask: BoolMask | None) -> BoolMask:
        """(H, W) true in the box, and in the mask that was given of it."""
        x1, y1, x2, y2 = whole_pixel_box(list(box_xyxy))
        left, top, right, bottom = self._clipped(box_xyxy)
        inside = np.zeros((self._lens.height_px, self._lens.width_px), dtype=np.bool_)
        if mask is None:
            inside[top:bottom, left:right] = True
        elif mask.shape != (y2 - y1, x2 - x1):
            raise ValueError(f"mask must be {y2 - y1} x {x2 - x1} as its box is, is {mask.shape}")
        else:
            inside[top:bottom, left:right] = mask[top - y1 : bottom - y1, left - x1 : right - x1]
        return inside

    def _in_whole(
        self, window_xyxy: tuple[int, int, int, int]
    ) -> tuple[float, float, float, float]:
        """A window of this picture in pixels of the camera's whole picture, as names have it."""
        x1, y1, x2, _ = self._parsed.window_xyxy or (0.0, 0.0, *map(float, self.size))
        step = (x2 - x1) / self._lens.width_px
        left, top, right, bottom = window_xyxy
        return (
            round(x1 + left * step, 3),
            round(y1 + top * step, 3),
            round(x1 + right * step, 3),
            round(y1 + bottom * step, 3),
        )
