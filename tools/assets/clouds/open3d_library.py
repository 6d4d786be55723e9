"""Open3D, loaded when a cloud is first opened. The one place that knows what its import wants."""

from __future__ import annotations

import ctypes
import importlib
from functools import cache
from typing import Any

from tools.errors import AssetError

REMEDY = "install Loupe's extra [pointcloud] (pip install '.[pointcloud]')"


@cache
def open3d() -> Any:
    """The module `open3d`, silent below errors.

    Open3D's wheels since 0.20 link the system's libusb, which slim systems lack; the package
    `libusb_package` carries one, which must be loaded before.

    Raises:
        AssetError: where Open3D or a library that it links is missing; names it.
    """
    _load_libusb()
    try:
        module: Any = importlib.import_module("open3d")
    except ModuleNotFoundError as error:
        raise AssetError(
            f"point clouds need the package {error.name or 'open3d'}, which is not installed; "
            f"{REMEDY}"
        ) from error
    except (ImportError, OSError) as error:
        raise AssetError(missing_library(error)) from error
    module.utility.set_verbosity_level(module.utility.VerbosityLevel.Error)
    return module


def _load_libusb() -> None:
    """Load the package's libusb; nothing where the system has to have its own."""
    try:
        package: Any = importlib.import_module("libusb_package")
    except ModuleNotFoundError:
        return
    path = package.get_library_path()
    if path is not None:
        ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)


def missing_library(error: Exception) -> str:
    """`libX.so.1: cannot open shared object file` as one line with what to do."""
    said = " ".join(str(error).split())[:200]
    library = said.split(":", 1)[0]
    if library.startswith("libusb"):
        return f"Open3D needs the system library {library}: {REMEDY}, or libusb-1.0-0 by apt"
    return f"Open3D cannot be loaded ({said}); install the system library that it names"
