"""Opens a point cloud or mesh, or says in one line why not. Knows nothing of views."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import AssetError

if TYPE_CHECKING:
    from tools.asset_ports import AssetPort


def open_cloud(path: Path) -> AssetPort:
    """Open a cloud.

    Raises:
        AssetError: point clouds cannot be read yet.
    """
    raise AssetError(f"{path}: point clouds cannot be inspected yet; give an image")
