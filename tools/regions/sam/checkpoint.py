"""Reads a checkpoint of tensors, `.pth` or safetensors. Runs no code that a file brings."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The tensors of a file by their names.

    Args:
        path: safetensors by its suffix, else a pickle of tensors, read with `weights_only=True`.

    Raises:
        WeightsError: where it is missing, broken, or holds more than tensors.
    """
    if not path.is_file():
        raise WeightsError(f"{str(path)!r} is no file of weights; see `loupe models list`")
    try:
        state = _read(path)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        reason = str(error).strip().split("\n", maxsplit=1)[0]
        raise WeightsError(
            f"{str(path)!r} cannot be read as weights ({reason}); fetch it again"
        ) from error
    return _tensors(state, path)


def digest_of(path: Path) -> str:
    """sha256 of a file, as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(path: Path) -> object:
    if path.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return load_file(path)
        except SafetensorError as error:
            raise ValueError(str(error)) from error
    import torch

    return torch.load(path, map_location="cpu", weights_only=True)


def _tensors(state: object, path: Path) -> dict[str, Tensor]:
    import torch

    if not isinstance(state, dict) or not all(
        isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in state.items()
    ):
        raise WeightsError(f"{str(path)!r} is no state dict: names and tensors, nothing else")
    return state
