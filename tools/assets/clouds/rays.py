"""Draws a mesh by casting a ray through the middle of each pixel. Knows no colour.

Open3D's ray casting (Embree) needs neither display nor GL.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.assets.clouds.geometry import Shape
from tools.assets.clouds.open3d_library import open3d
from tools.assets.clouds.pixel_map import NOTHING, UNSEEN, Lens, PixelMap

NO_FACE = 0xFFFFFFFF


def ray_scene(shape: Shape, *, centre_xyz: NDArray[np.float64]) -> Any:
    """What rays are cast into; made once for a mesh.

    Args:
        shape: with faces.
        centre_xyz: taken as the origin, as rays are of single precision.
    """
    library = open3d()
    scene = library.t.geometry.RaycastingScene()
    scene.add_triangles(
        library.core.Tensor((shape.points_n3 - centre_xyz).astype(np.float32)),
        library.core.Tensor(shape.faces_f3.astype(np.uint32)),
    )
    return scene


def cast(shape: Shape, scene: Any, lens: Lens, *, reach: float) -> PixelMap:
    """Draw a mesh.

    Args:
        shape: with faces.
        scene: of `ray_scene`, with the lens' centre as origin.
        lens: what is drawn.
        reach: the mesh lies within this distance of the centre.
    """
    library = open3d()
    hits = scene.cast_rays(library.core.Tensor(_rays(lens, reach=reach)))
    face = hits["primitive_ids"].numpy().reshape(-1)
    hit = face != NO_FACE
    shown = np.full(face.shape, NOTHING, dtype=np.int32)
    shown[hit] = _nearest_corner(
        shape, face[hit], hits["primitive_uvs"].numpy().reshape(-1, 2)[hit]
    )
    depth = np.full(face.shape, UNSEEN, dtype=np.float32)
    depth[hit] = hits["t_hit"].numpy().reshape(-1)[hit] - np.float32(2 * reach)
    normals = np.zeros((len(face), 3), dtype=np.float32)
    normals[hit] = _turned(hits["primitive_normals"].numpy().reshape(-1, 3)[hit], lens)
    size = (lens.height_px, lens.width_px)
    shown_hw = shown.reshape(size)
    return PixelMap(
        shown_hw,
        depth.reshape(size),
        normals.reshape(*size, 3),
        None if shape.colours_n3 is None else shape.colours_n3[shown_hw],
        shown[hit],
        np.flatnonzero(hit),
    )


def _rays(lens: Lens, *, reach: float) -> NDArray[np.float32]:
    """(H * W, 6) origins and directions, from twice the reach before the centre."""
    columns, rows = np.meshgrid(np.arange(lens.width_px), np.arange(lens.height_px))
    right = (columns.ravel() + 0.5 + lens.corner_xy[0]) / lens.px_per_unit
    down = (rows.ravel() + 0.5 + lens.corner_xy[1]) / lens.px_per_unit
    rays = np.empty((len(right), 6), dtype=np.float32)
    rays[:, :3] = right[:, None] * lens.axes_33[0] + down[:, None] * lens.axes_33[1]
    rays[:, :3] -= (2 * reach * lens.axes_33[2]).astype(np.float32)
    rays[:, 3:] = lens.axes_33[2]
    return rays


def _nearest_corner(
    shape: Shape, face_m: NDArray[np.uint32], uv_m2: NDArray[np.float32]
) -> NDArray[np.int32]:
    """The corner with the largest barycentric coordinate."""
    weights = np.stack([1 - uv_m2.sum(axis=1), uv_m2[:, 0], uv_m2[:, 1]], axis=1)
    corners = shape.faces_f3[face_m]
    return np.asarray(corners[np.arange(len(corners)), weights.argmax(axis=1)], dtype=np.int32)


def _turned(normals_m3: NDArray[np.float32], lens: Lens) -> NDArray[np.float32]:
    turned = normals_m3 @ lens.axes_33.T.astype(np.float32)
    turned *= np.where(turned[:, 2:] > 0, np.float32(-1), np.float32(1))
    return np.asarray(turned, dtype=np.float32)
