"""Organised clouds in tiff files, as MVTec 3D-AD has them. Knows nothing of views."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from tools.assets.clouds.background import foreground
from tools.assets.clouds.geometry import MAX_POINTS, Content
from tools.assets.clouds.plain_formats import NO_FACES, FormatError
from tools.assets.damages import DAMAGES


def holds_coordinates(path: Path) -> bool:
    """Whether a tiff holds three channels of floating point numbers; false for a broken one."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            return page.samplesperpixel == 3 and page.dtype is not None and page.dtype.kind == "f"
    except DAMAGES:
        return False  # the reader of images says what is wrong with it


def read_tiff(data: bytes) -> Content:
    """A sensor's grid of x, y, z; pixels of zeros saw nothing.

    Point indices count the grid's pixels row by row. The sensor stands at the origin.

    Raises:
        FormatError: where the file is damaged.
    """
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages.first
            n_pixels = page.imagewidth * page.imagelength
            if n_pixels > MAX_POINTS:
                raise ValueError(f"{n_pixels} pixels, at most {MAX_POINTS} are read")
            samples = np.asarray(page.asarray())
            planes_first = page.axes.startswith("S")
    except DAMAGES as error:
        raise FormatError(" ".join(str(error).split())[:200]) from error
    grid_hw3 = np.moveaxis(samples, 0, -1) if planes_first else samples
    if grid_hw3.ndim != 3 or grid_hw3.shape[2] != 3:
        raise FormatError(f"it must hold rows x columns x 3 coordinates, is {samples.shape}")
    grid = grid_hw3.astype(np.float64)
    seen = np.isfinite(grid).all(axis=2) & (grid != 0).any(axis=2)
    found = foreground(grid, seen)
    height, width = seen.shape
    notes = [f"a grid of {width} x {height} pixels, {int((~seen).sum())} of them saw nothing"]
    return Content(
        points_n3=np.where(seen[..., None], grid, np.nan).reshape(-1, 3),
        faces_f3=NO_FACES,
        sensor_xyz=(0.0, 0.0, 0.0),
        organised=True,
        dropped_n=(seen & ~found.mask_hw).ravel(),
        notes=[*notes, *found.notes],
    )
