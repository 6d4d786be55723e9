"""What can be measured on a cloud or mesh. Knows no rule and no picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tools.arrays import Int64Array
from tools.asset_ports import Measured, Quantity
from tools.assets.clouds.extents import diameter_of
from tools.assets.clouds.geometry import Shape
from tools.assets.clouds.open3d_library import open3d
from tools.errors import ToolError
from tools.records import Extent, PointExtent

UNIT = "units"
"""Files of clouds name no unit: a length is in the file's."""
AXES = {"size_x": 0, "size_y": 1, "size_z": 2}


def quantities_of(shape: Shape) -> dict[str, Quantity]:
    """What there is to measure on a shape, by name."""
    known = {
        name: Quantity(UNIT, f"length along the {name[-1]} axis, of the box around the points")
        for name in AXES
    }
    known["diameter"] = Quantity(UNIT, "largest distance between two points")
    known["n_points"] = Quantity("", "points that are looked at")
    if shape.is_mesh:
        known["area"] = Quantity(f"{UNIT}^2", "area of the mesh's faces")
        if is_watertight(shape):
            known["volume"] = Quantity(f"{UNIT}^3", "volume that the mesh encloses")
    return known


def measure_of(
    shape: Shape, quantity: str, members: Int64Array | None, known: Mapping[str, Quantity]
) -> Measured:
    """The value of a quantity, of all points or of some.

    Args:
        shape: what is measured.
        quantity: its name.
        members: indices of the shape's points; None for all.
        known: what `quantities_of` told.

    Raises:
        ToolError: where there is no such quantity, or not of some points.
    """
    check_known(quantity, known)
    unit = known[quantity].unit
    points = shape.points_n3 if members is None else shape.points_n3[members]
    if quantity in AXES:
        return Measured(float(np.ptp(points[:, AXES[quantity]])), unit)
    if quantity == "diameter":
        return Measured(diameter_of(points), unit)
    if quantity == "n_points":
        return Measured(float(len(points)), unit)
    if quantity == "area":
        return Measured(_area(shape, members), unit)
    if members is not None:
        raise ToolError("'volume' is measured on the whole mesh only; ask without a region")
    return Measured(_volume(shape), unit)


def check_known(quantity: str, known: Mapping[str, Quantity]) -> None:
    """Refuse what cannot be measured.

    Raises:
        ToolError: where there is no such quantity; says what there is.
    """
    if quantity not in known:
        raise ToolError(f"{quantity!r} is not measured on this; there are {', '.join(known)}")


def members_of(shape: Shape, extent: Extent) -> Int64Array:
    """Indices of a shape's points in an extent.

    Raises:
        ToolError: where the extent is of another modality, or names none of its points.
    """
    if not isinstance(extent, PointExtent):
        raise ToolError(f"the region is of a {extent.modality}, this is a point cloud")
    members = np.flatnonzero(np.isin(shape.kept_n, extent.point_indices))
    if not len(members):
        raise ToolError("the region has none of this cloud's points; give one of its regions")
    return members


def is_watertight(shape: Shape) -> bool:
    """Whether the mesh, corners at one place merged, encloses a volume."""
    return bool(_merged(shape).is_watertight())


def _merged(shape: Shape) -> Any:
    library = open3d()
    centred = shape.points_n3 - shape.points_n3.mean(axis=0)
    mesh = library.geometry.TriangleMesh(
        library.utility.Vector3dVector(centred),
        library.utility.Vector3iVector(shape.faces_f3.astype(np.int32)),
    )
    return mesh.remove_duplicated_vertices()


def _area(shape: Shape, members: Int64Array | None) -> float:
    faces = shape.faces_f3
    if members is not None:
        chosen = np.zeros(len(shape.points_n3), dtype=np.bool_)
        chosen[members] = True
        faces = faces[chosen[faces].all(axis=1)]
    corners = shape.points_n3[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(across, axis=1).sum() / 2)


def _volume(shape: Shape) -> float:
    """By the divergence theorem: Open3D's own wants all faces turned outwards."""
    mesh = _merged(shape)
    mesh.orient_triangles()
    corners = np.asarray(mesh.vertices)[np.asarray(mesh.triangles)]
    return float(
        abs(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum()) / 6
    )
