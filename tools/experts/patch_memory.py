"""Patch memory: how far each patch lies from every patch of the references. Training-free.

Knows nothing of products, labels, thresholds or calibration.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Float32Map, UInt8Image
from tools.experts.backbones.contract import Backbone
from tools.experts.bank_cache import BankCache, bank_key
from tools.experts.memory_bank import k_center_greedy, nearest
from tools.ports import ExpertScore

if TYPE_CHECKING:
    from torch import Tensor


class Bank(NamedTuple):
    """Patch features of the references."""

    features_nd: Tensor
    """(N, D) float32."""
    reference_n: Tensor
    """(N,) int64, index of the reference that each row is of."""


class ScaledBank(NamedTuple):
    """Rows that serve, with every feature in units of its spread among them."""

    features_nd: Tensor
    """(N, D) float32."""
    scale_d: Tensor
    """(D,) float32, factors that queries are multiplied with too."""


class PatchMemory:
    """Expert of the PatchCore (Roth et al. 2022) and AnomalyDINO (Damm et al. 2024) family."""

    name = "patch_memory"

    def __init__(
        self,
        backbone: Backbone,
        *,
        device: str = "cpu",
        max_rows: int = 16_000,
        worst_share: float = 0.01,
        cache: Path | None = None,
    ) -> None:
        """Set up; computes nothing.

        Args:
            backbone: what patches are seen through.
            device: torch's name of the device that computes.
            max_rows: a bank with more rows than this is thinned, each reference to a coreset.
            worst_share: the raw score is the mean distance of this share of patches, the worst
                ones, in (0, 1].
            cache: folder in which banks are kept by content; None keeps none.

        Raises:
            ValueError: where a number is out of range.
        """
        if max_rows < 1:
            raise ValueError(f"max_rows must be at least 1, got {max_rows}")
        if not 0 < worst_share <= 1:
            raise ValueError(f"worst_share must be in (0, 1], got {worst_share}")
        self._backbone = backbone
        self._device = device
        self._max_rows = max_rows
        self._worst_share = worst_share
        self._cache = BankCache(cache) if cache is not None else None
        parameters = f"{self.name}/3 {backbone.version} {max_rows} {worst_share}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]

    def learn(self, references_hwc: Sequence[UInt8Image], *, per_place: bool) -> PatchMemoryOfOne:
        """Take the references into a bank; see `Expert.learn`.

        Raises:
            ValueError: where there is no reference.
        """
        if not references_hwc:
            raise ValueError("a patch memory needs at least one reference, got none")
        bank = self._kept_or_made(references_hwc, per_place=per_place)
        return PatchMemoryOfOne(
            self._backbone, bank, device=self._device, worst_share=self._worst_share
        )

    def _kept_or_made(self, references_hwc: Sequence[UInt8Image], *, per_place: bool) -> Bank:
        if self._cache is None:
            return self._make(references_hwc)
        key = bank_key(references_hwc, version=self.version, per_place=per_place)
        kept = self._cache.get(key)
        if kept is not None:
            return _bank_from(kept, device=self._device)
        bank = self._make(references_hwc)
        self._cache.put(key, _arrays_of(bank))
        return bank

    def _make(self, references_hwc: Sequence[UInt8Image]) -> Bank:
        import torch

        # Each reference is thinned alone: were they thinned together, leaving one out would
        # also lose the patches that others gave up because it held them.
        share = max(1, self._max_rows // len(references_hwc))
        rows, owners = [], []
        for index, image in enumerate(references_hwc):
            features = self._backbone.features([image], device=self._device).flatten(0, 2)
            if len(features) > share:
                features = features[k_center_greedy(features, share)]
            rows.append(features)
            owners.append(torch.full((len(features),), index, device=self._device))
        return Bank(torch.cat(rows), torch.cat(owners))


class PatchMemoryOfOne:
    """What the expert learnt of one product; a `Memory`."""

    def __init__(self, backbone: Backbone, bank: Bank, *, device: str, worst_share: float) -> None:
        """Hold a bank that `PatchMemory.learn` made."""
        self._backbone = backbone
        self._bank = bank
        self._whole = scaled_by_spread(bank.features_nd)
        self._device = device
        self._worst_share = worst_share

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        """Distances to the nearest patches of the references; see `Memory.score`.

        Raises:
            ValueError: where `exclude` does not match the images or leaves no reference.
        """
        left_out = list(exclude) if exclude else [None] * len(images_hwc)
        if len(left_out) != len(images_hwc):
            raise ValueError(f"exclude has {len(left_out)} entries for {len(images_hwc)} images")
        return [self._score_one(*pair) for pair in zip(images_hwc, left_out, strict=True)]

    def _score_one(self, image_hwc: UInt8Image, left_out: int | None) -> ExpertScore:
        bank = self._scaled_bank(left_out)
        features = self._backbone.features([image_hwc], device=self._device)[0]
        found = nearest(features.flatten(0, 1) * bank.scale_d, bank.features_nd)
        grid = found.distances[:, 0].reshape(features.shape[:2])
        n_worst = max(1, round(grid.numel() * self._worst_share))
        raw_score = float(grid.flatten().topk(n_worst).values.mean())
        return ExpertScore(raw_score, map_in_frame(grid, image_hwc.shape[0], image_hwc.shape[1]))

    def _scaled_bank(self, left_out: int | None) -> ScaledBank:
        """The rows that serve; nothing of the reference left out is in them or in their scale."""
        if left_out is None:
            return self._whole
        serves_n = self._bank.reference_n != left_out
        if not bool(serves_n.any()):
            raise ValueError(f"leaving out reference {left_out} leaves no rows that serve")
        return scaled_by_spread(self._bank.features_nd[serves_n])


def scaled_by_spread(features_nd: Tensor) -> ScaledBank:
    """Divide each feature by its spread over normal patches, lifted by the mean spread.

    What varies among normal patches counts less. The lift bounds how much a feature that hardly
    varies can count: with none, noise in it would decide.

    Args:
        features_nd: (N, D) float32, N at least 1.
    """
    spread_d = features_nd.std(dim=0, correction=0)
    # The constant keeps blank references, which have no spread at all, from magnifying rounding.
    scale_d = (spread_d + spread_d.mean() + 1e-3).reciprocal()
    return ScaledBank(features_nd * scale_d, scale_d)


def map_in_frame(grid: Tensor, height_px: int, width_px: int) -> Float32Map:
    """Smooth a grid of patch distances (3 x 3 binomial) and lay it over the picture (bilinear).

    Args:
        grid: (h, w) float32.
        height_px: of the picture.
        width_px: of the picture.

    Returns:
        (height_px, width_px) float32.
    """
    import torch
    from torch.nn import functional

    line = torch.tensor([0.25, 0.5, 0.25], device=grid.device)
    kernel = (line[:, None] * line[None, :])[None, None]
    padded = functional.pad(grid[None, None], (1, 1, 1, 1), mode="replicate")
    smooth = functional.conv2d(padded, kernel)
    full = functional.interpolate(smooth, size=(height_px, width_px), mode="bilinear")
    return np.asarray(full[0, 0].cpu().numpy(), dtype=np.float32)


def _arrays_of(bank: Bank) -> dict[str, NDArray[Any]]:
    return {name: tensor.cpu().numpy() for name, tensor in bank._asdict().items()}


def _bank_from(arrays: dict[str, NDArray[Any]], *, device: str) -> Bank:
    import torch

    return Bank(**{name: torch.from_numpy(array).to(device) for name, array in arrays.items()})
