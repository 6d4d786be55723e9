"""Opens a file of any modality, told by its content and, for text, by its name.

Each modality's reader is imported when its first file comes. Knows no reader's inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from os.path import isfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.assets.files import DEFAULT_MAX_PIXELS, open_picture
from tools.records import Modality

if TYPE_CHECKING:
    from tools.asset_ports import AssetPort

SUFFIXES: dict[Modality, frozenset[str]] = {
    "image": frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"}),
    "point_cloud": frozenset({".ply", ".pcd", ".xyz", ".stl", ".obj"}),
    "time_series": frozenset({".csv", ".tsv", ".parquet"}),
    "video": frozenset({".mp4", ".avi", ".mov", ".gif"}),
    "several": frozenset({".asset.yaml"}),
}
"""Names of files by modality; a tiff of three channels of floats is an organised cloud, a txt
that begins with numbers a time series."""


def is_asset(path: Path) -> bool:
    """Whether a file is inspected by its name."""
    name = path.name.lower()
    return any(name.endswith(suffix) for suffixes in SUFFIXES.values() for suffix in suffixes)


def suffixes_told() -> str:
    """All names of files, for an error line."""
    return " ".join(suffix for suffixes in SUFFIXES.values() for suffix in sorted(suffixes))


def modality_of(path: Path) -> Modality:
    """What a file is taken for, by its name; an image where the name says nothing.

    A tiff is looked into: three channels of floating point numbers are coordinates. So is a txt:
    one that begins with numbers is a series.
    """
    if path.name.lower().endswith(".asset.yaml"):
        return "several"
    suffix = path.suffix.lower()
    if suffix == ".txt" and isfile(path):
        from tools.assets.series.dialect import begins_with_numbers

        return "time_series" if begins_with_numbers(path) else "image"
    if suffix in (".tif", ".tiff") and isfile(path):
        from tools.assets.clouds.tiff import holds_coordinates

        return "point_cloud" if holds_coordinates(path) else "image"
    return next((kind for kind, names in SUFFIXES.items() if suffix in names), "image")


def open_asset(
    path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS, cameras: Sequence[str] = ()
) -> AssetPort:
    """Open a file as an asset of its modality.

    Args:
        path: of the file.
        max_pixels: larger pictures, and larger frames of videos, are refused.
        cameras: of point clouds, by name; their own nine where empty.

    Raises:
        AssetError: one line with the file, the constraint, the value and what to do.
    """
    modality = modality_of(path)
    if modality == "point_cloud":
        from tools.assets.clouds import open_cloud

        return open_cloud(path, cameras=cameras)
    if modality == "time_series":
        from tools.assets.series import open_series

        return open_series(path)
    if modality == "video":
        from tools.assets.videos import open_video

        return open_video(path, max_pixels=max_pixels)
    if modality == "several":
        from tools.assets.several import open_several

        return open_several(
            path, lambda part: open_asset(part, max_pixels=max_pixels, cameras=cameras)
        )
    return open_picture(path, max_pixels=max_pixels)
