"""pyarrow, imported when the first table comes. Knows nothing of series."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tools.errors import AssetError


def arrow(part: str = "") -> Any:
    """The package, or one of its modules: `compute`, `csv`, `parquet`.

    Raises:
        AssetError: where it is not installed.
    """
    try:
        return import_module(f"pyarrow.{part}" if part else "pyarrow")
    except ModuleNotFoundError as error:
        raise AssetError(
            "reading time series needs pyarrow, which is not installed; install loupe[series]"
        ) from error
