"""An opened point cloud or mesh: its pictures, its measures, and how it is laid over another."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.assets.clouds import quantities
from tools.assets.clouds.cameras import AROUND, FACING, PictureName, parse_name
from tools.assets.clouds.cloud_picture import CloudPicture
from tools.assets.clouds.frame import Frame, frame_of
from tools.assets.clouds.geometry import Content, Float64Array, Shape
from tools.assets.clouds.pixel_map import PixelMap
from tools.assets.clouds.places import places_of
from tools.assets.clouds.rays import cast, ray_scene
from tools.assets.clouds.registration import register
from tools.assets.clouds.splats import splat
from tools.ports import NotApplicable
from tools.records import Asset, Extent, PointExtent

if TYPE_CHECKING:
    from tools.arrays import Int64Array
    from tools.asset_ports import AssetPort, ElementScores, Measured, Quantity, ScoredExtent

KEPT_MAPS = 40
"""Pixel maps that an asset keeps: 27 views and some closer ones."""
STILL: Float64Array = np.eye(4)


class Cloud:
    """A point cloud or mesh, decoded once, in its own pose or laid over another.

    Implements `AssetPort`. Its primary pictures are lit surfaces, as a person and a mind know them
    from photographs; the name of each with `/depth` behind it gives the distances of the same
    pixels, for experts and for a mind that asks. Extents are always in the file's own axes.
    """

    def __init__(
        self,
        asset: Asset,
        shape: Shape,
        frame: Frame,
        *,
        names: Sequence[str],
        notes: Sequence[str] = (),
        pose_44: Float64Array = STILL,
        laid_on: tuple[str, bytes] | None = None,
    ) -> None:
        """Hold what was read; see `open_cloud`.

        Args:
            asset: the file.
            shape: its points in its own axes.
            frame: of its pictures.
            names: of the pictures that show the whole of it.
            notes: what was done to read it.
            pose_44: (4, 4) the motion that lays it into the frame.
            laid_on: digest and pose of the cloud that it was registered on.
        """
        self.asset = asset
        self.notes = tuple(notes)
        self.names = tuple(names)
        self.shape = shape
        self.frame = frame
        self.pose_44 = pose_44
        self._laid_on = laid_on
        self._maps: OrderedDict[str, PixelMap] = OrderedDict()
        self._moved: dict[tuple[str, bytes], Cloud] = {}
        self._lock = threading.Lock()
        self._laying = threading.Lock()

    @classmethod
    def opened(
        cls,
        asset: Asset,
        shape: Shape,
        *,
        content: Content,
        notes: Sequence[str],
        cameras: Sequence[str] = (),
    ) -> Cloud:
        """A cloud in its own pose, seen by the given cameras or the default nine."""
        frame = frame_of(shape, content)
        names = tuple(cameras) or (FACING if frame.has_sensor else AROUND)
        opened = cls(asset, shape, frame, names=names, notes=notes)
        for name in names:
            opened.picture(name)
        return opened

    @cached_property
    def posed(self) -> Shape:
        """Its points as they lie in the frame."""
        return self.shape if self.pose_44 is STILL else self.shape.moved(self.pose_44)

    def seen_by(self, names: Sequence[str]) -> Cloud:
        """The same cloud, its whole shown by other pictures.

        Raises:
            KeyError: where no such picture can be.
        """
        other = Cloud(
            self.asset,
            self.shape,
            self.frame,
            names=names,
            notes=self.notes,
            pose_44=self.pose_44,
            laid_on=self._laid_on,
        )
        for name in names:
            other.picture(name)
        return other

    def picture(self, name: str) -> CloudPicture:
        """A picture by its name (`tools.assets.clouds.cameras`).

        Raises:
            KeyError: where no such picture can be.
        """
        return CloudPicture(self, parse_name(name))

    def moved_like(self, other: AssetPort) -> Cloud:
        """This cloud registered on another and seen by its cameras; see `AssetPort.moved_like`."""
        if not isinstance(other, Cloud):
            raise NotApplicable(f"a point cloud cannot be laid over a {other.asset.modality}")
        key = (other.asset.sha256, other.pose_44.tobytes())
        if other is self or key == self._laid_on:
            return self
        # Held over the registration, so that experts who ask at once share it.
        with self._laying:
            known = self._moved.get(key)
            if known is None:
                known = self._moved[key] = self._laid_over(other, key)
        return known

    def _laid_over(self, other: Cloud, key: tuple[str, bytes]) -> Cloud:
        pose_44 = register(self.posed, other.posed).pose_44 @ self.pose_44
        return Cloud(
            self.asset,
            self.shape,
            other.frame,
            names=other.names,
            notes=self.notes,
            pose_44=pose_44,
            laid_on=key,
        )

    @cached_property
    def _known(self) -> dict[str, Quantity]:
        return quantities.quantities_of(self.shape)

    def quantities(self) -> Mapping[str, Quantity]:
        """Sizes along the axes of the frame, diameter, number of points, area, volume."""
        return self._known

    def measure(self, quantity: str, extent: Extent | None = None) -> Measured:
        """The value of a quantity; see `AssetPort.measure`.

        Sizes are along the frame's axes: a cloud that was laid over another is measured along
        that one's.
        """
        members = None if extent is None else self.members(extent)
        return quantities.measure_of(self.posed, quantity, members, self._known)

    def beyond(self, quantity: str, *, low: float, high: float) -> Sequence[Extent]:
        """None: a cloud's quantities are of the whole and have no places."""
        quantities.check_known(quantity, self._known)
        return ()

    def places(self, scores: ElementScores, *, level: float) -> Sequence[ScoredExtent]:
        """Connected points above a level; see `AssetPort.places`."""
        return places_of(self.shape, scores[self.shape.kept_n], level=level)

    def members(self, extent: Extent) -> Int64Array:
        """Indices of the shape's points in an extent.

        Raises:
            ToolError: where it is not of this cloud.
        """
        return quantities.members_of(self.shape, extent)

    def holds(self, extent: Extent) -> bool:
        """Whether an extent is of a cloud with this one's points."""
        return isinstance(extent, PointExtent) and (
            not extent.point_indices or extent.point_indices[-1] < self.shape.n_elements
        )

    def drawn(self, name: PictureName) -> PixelMap:
        """What the pixels of a picture show; distances and light have one map."""
        key = str(name._replace(depth=False))
        with self._lock:
            known = self._maps.get(key)
            if known is not None:
                self._maps.move_to_end(key)
                return known
        made = self._draw(name)
        with self._lock:
            self._maps[key] = made
            while len(self._maps) > KEPT_MAPS:
                self._maps.popitem(last=False)
        return made

    def _draw(self, name: PictureName) -> PixelMap:
        lens = self.frame.lens(name)
        if not self.posed.is_mesh:
            return splat(self.posed, lens)
        reach = float(np.linalg.norm(self.posed.points_n3 - self.frame.centre_xyz, axis=1).max())
        return cast(self.posed, self._scene, lens, reach=reach)

    @cached_property
    def _scene(self) -> Any:
        return ray_scene(self.posed, centre_xyz=self.frame.centre_xyz)
