"""Opens a table of samples, or says in one line why not. Knows nothing of views."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import AssetError

if TYPE_CHECKING:
    from tools.asset_ports import AssetPort


def open_series(path: Path) -> AssetPort:
    """Open a time series.

    Raises:
        AssetError: time series cannot be read yet.
    """
    raise AssetError(f"{path}: time series cannot be inspected yet; give an image")
