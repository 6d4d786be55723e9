"""Organised clouds in tiff files, as MVTec 3D-AD has them. Knows nothing of views."""

from __future__ import annotations

from pathlib import Path


def holds_coordinates(path: Path) -> bool:
    """Whether a tiff holds three channels of floating point numbers; false for a broken one."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            return page.samplesperpixel == 3 and page.dtype is not None and page.dtype.kind == "f"
    except (OSError, ValueError, tifffile.TiffFileError, IndexError):
        return False  # the reader of images says what is wrong with it
