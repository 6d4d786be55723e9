"""A tower's features of picture files, kept on disk. Know no label and no expert."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageOps

from tools.arrays import UInt8Image
from tools.errors import AssetError, WeightsError
from tools.experts.anyres import crops_of, cut_of
from tools.experts.backbones.tower import Tower, TowerFeatures

if TYPE_CHECKING:
    from torch import Tensor


class FeatureBatch(NamedTuple):
    """Features of several pictures, one after the other."""

    final_bnd: Tensor
    taps: list[Tensor]
    split_sizes: list[int]
    """Crops of each picture."""


class FeatureFiles:
    """Looks at each picture once, for all epochs and all trainings with this tower."""

    def __init__(self, tower: Tower, folder: Path, *, tiles: bool = True) -> None:
        """Set up; looks at nothing yet.

        Args:
            tower: that looks.
            folder: of the files; it is made.
            tiles: False leaves the base view alone, which a training on few cores can afford.
        """
        self.tower = tower
        self.tiles = tiles
        kind = f"{tower.digest} {'tiles' if tiles else 'base'}"
        self.folder = folder / hashlib.sha256(kind.encode()).hexdigest()[:16]
        self.folder.mkdir(parents=True, exist_ok=True)

    def batch(self, paths: Sequence[Path]) -> FeatureBatch:
        """Features of pictures in float32.

        Raises:
            AssetError: where a picture cannot be read.
            WeightsError: where a kept file cannot be read.
        """
        import torch

        found = [self.of(path) for path in paths]
        levels = zip(*(features.taps for features in found), strict=True)
        return FeatureBatch(
            torch.cat([features.final_bnd for features in found]).float(),
            [torch.cat(level).float() for level in levels],
            [len(features.final_bnd) for features in found],
        )

    def of(self, path: Path) -> TowerFeatures:
        """Features of one picture, in half precision."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        kept_at = self.folder / f"{_file_digest(path)}.safetensors"
        if not kept_at.is_file():
            self._look(path, kept_at)
        try:
            kept = load_file(kept_at)
        except (OSError, SafetensorError) as error:
            raise WeightsError(f"kept features {kept_at} cannot be read; delete it") from error
        taps = tuple(kept[f"tap{i}"] for i in range(len(self.tower.tap_widths)))
        return TowerFeatures(kept.get("final", taps[-1]), taps)

    def _look(self, path: Path, kept_at: Path) -> None:
        from safetensors.torch import save_file

        image_hwc = read_rgb(path)
        cut = cut_of(image_hwc.shape[1], image_hwc.shape[0], side_px=self.tower.side_px)
        crops = crops_of(image_hwc, cut)
        seen = self.tower.features(crops if self.tiles else crops[:1])
        tensors = {f"tap{i}": _halved(tap) for i, tap in enumerate(seen.taps)}
        if seen.final_bnd is not seen.taps[-1]:
            tensors["final"] = _halved(seen.final_bnd)
        partial = kept_at.with_suffix(f".{os.getpid()}.partial")
        save_file(tensors, partial)
        partial.replace(kept_at)


def read_rgb(path: Path) -> UInt8Image:
    """(H, W, 3) of a picture file, turned as its EXIF says.

    Raises:
        AssetError: where it cannot be read.
    """
    try:
        with Image.open(path) as picture:
            return np.array(ImageOps.exif_transpose(picture).convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise AssetError(f"{path} cannot be read as a picture: {error}") from error


def _halved(features: Tensor) -> Tensor:
    """In float16; in bfloat16 where values are too large for it."""
    half = features.half().cpu().contiguous()
    return half if bool(half.isfinite().all()) else features.bfloat16().cpu().contiguous()


def _file_digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise AssetError(f"{path} cannot be read: {error.strerror}") from error
