"""Opens a video, or says in one line why not. Knows nothing of views."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import AssetError

if TYPE_CHECKING:
    from tools.asset_ports import AssetPort


def open_video(path: Path, *, max_pixels: int) -> AssetPort:
    """Open a video.

    Raises:
        AssetError: videos cannot be read yet.
    """
    raise AssetError(f"{path}: videos cannot be inspected yet; give an image")
