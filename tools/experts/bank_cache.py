"""Arrays kept on disk by what they were made from. Knows nothing of what they mean."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.arrays import UInt8Image
from tools.errors import LoupeError


def bank_key(references_hwc: Sequence[UInt8Image], *, version: str, per_place: bool) -> str:
    """Digest of everything that a bank depends on.

    Args:
        references_hwc: each (H, W, 3); their order counts.
        version: of the expert that learns.
        per_place: as told to the expert.

    Returns:
        sha256, hex.
    """
    digest = hashlib.sha256(f"{version} {per_place} {len(references_hwc)}".encode())
    for image in references_hwc:
        digest.update(str(image.shape).encode())
        digest.update(image.tobytes())
    return digest.hexdigest()


class BankCache:
    """One `.npz` file per key in a folder. Written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        """Keep to a folder; it is made at the first `put`."""
        self._folder = folder

    def get(self, key: str) -> dict[str, NDArray[Any]] | None:
        """The arrays kept under a key, None where there are none.

        Raises:
            LoupeError: where the file is there and cannot be read.
        """
        path = self._path(key)
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as stored:
                return dict(stored)
        except (zipfile.BadZipFile, ValueError, EOFError) as error:
            raise LoupeError(f"cached bank {path} cannot be read ({error}); delete it") from error

    def put(self, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep arrays under a key."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=self._folder, suffix=".partial")
        try:
            with os.fdopen(handle, "wb") as stream:
                # savez is not annotated for arrays by keyword; a file is a key's only form.
                np.savez(stream, **dict(arrays))  # type: ignore[arg-type]
            os.replace(partial, self._path(key))
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.npz"
