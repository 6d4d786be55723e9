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
from tools.experts.place_levels import SIDE_CELLS, evened, on_level_grid, place_levels, probes_of
from tools.ports import ExpertScore

if TYPE_CHECKING:
    from torch import Tensor

EVENED = ("embedded",)
"""Backbones whose distances are divided by the level of their place (`place_levels`). The strength
of a hand-made descriptor's answer grows with the edges and texture of a place. ResNet-18's features
of unit length gain nothing by it (`evals/LOG.md`); others were not measured."""


class Bank(NamedTuple):
    """Patch features of the references."""

    features_nd: Tensor
    """(N, D) float32."""
    reference_n: Tensor
    """(N,) int64, index of the reference that each row is of."""
    apart_prss: Tensor
    """(P, R, S, S) float32, distances of each probe's patches to each reference, by place; P is 0
    where places are not told apart."""


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
        even_places: bool | None = None,
        cache: Path | None = None,
    ) -> None:
        """Set up; computes nothing.

        Args:
            backbone: what patches are seen through.
            device: torch's name of the device that computes.
            max_rows: a bank with more rows than this is thinned, each reference to a coreset.
            worst_share: the raw score is the mean distance of this share of patches, the worst
                ones, in (0, 1].
            even_places: whether distances are divided by the level of their place, where
                references are interchangeable; None where the backbone is one of `EVENED`.
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
        self._even_places = backbone.name in EVENED if even_places is None else even_places
        self._cache = BankCache(cache) if cache is not None else None
        levels = " evened" if self._even_places else ""
        parameters = f"{self.name}/4 {backbone.version} {max_rows} {worst_share}{levels}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]

    @property
    def backbone(self) -> Backbone:
        """That describes its patches."""
        return self._backbone

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
            return self._make(references_hwc, per_place=per_place)
        key = bank_key(references_hwc, version=self.version, per_place=per_place)
        kept = self._cache.get(key)
        if kept is not None:
            return _bank_from(kept, device=self._device)
        bank = self._make(references_hwc, per_place=per_place)
        self._cache.put(key, _arrays_of(bank))
        return bank

    def _make(self, references_hwc: Sequence[UInt8Image], *, per_place: bool) -> Bank:
        import torch

        # Each reference is thinned alone: were they thinned together, leaving one out would
        # also lose the patches that others gave up because it held them.
        share = max(1, self._max_rows // len(references_hwc))
        probes = probes_of(len(references_hwc)) if self._even_places and not per_place else []
        grids, rows = [], []
        for index, image in enumerate(references_hwc):
            grid = self._backbone.features([image], device=self._device)[0]
            features = grid.flatten(0, 1)
            if len(features) > share:
                features = features[k_center_greedy(features, share)]
            rows.append(features)
            if index in probes:
                grids.append(grid)
        owners = [torch.full((len(one),), i, device=self._device) for i, one in enumerate(rows)]
        return Bank(torch.cat(rows), torch.cat(owners), distances_by_place(grids, rows))


class PatchMemoryOfOne:
    """What the expert learnt of one product; a `Memory`."""

    def __init__(self, backbone: Backbone, bank: Bank, *, device: str, worst_share: float) -> None:
        """Hold a bank that `PatchMemory.learn` made."""
        self._backbone = backbone
        self._bank = bank
        self._whole = scaled_by_spread(bank.features_nd)
        self._whole_levels = self._levels(None)
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
        grid = evened(grid, self._whole_levels if left_out is None else self._levels(left_out))
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

    def _levels(self, left_out: int | None) -> Float32Map:
        return place_levels(self._bank.apart_prss.cpu().numpy(), left_out=left_out)


def distances_by_place(probes_hwd: Sequence[Tensor], rows_rnd: Sequence[Tensor]) -> Tensor:
    """How far each probe's patches lie from each reference, in units of the spread among all.

    Args:
        probes_hwd: each (h, w, D) float32, the whole grid of a reference.
        rows_rnd: of each of R references, (N, D) float32.

    Returns:
        (P, R, S, S) float32.
    """
    import torch

    if not probes_hwd:
        return torch.zeros((0, len(rows_rnd), SIDE_CELLS, SIDE_CELLS), device=rows_rnd[0].device)
    scale_d = scaled_by_spread(torch.cat(list(rows_rnd))).scale_d
    by_probe = []
    for grid in probes_hwd:
        queries = grid.flatten(0, 1) * scale_d
        apart = [
            nearest(queries, rows * scale_d).distances.view(grid.shape[:2]) for rows in rows_rnd
        ]
        by_probe.append(torch.stack([on_level_grid(one) for one in apart]))
    return torch.stack(by_probe)


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
