"""Rows of normal cells by the part of the references that they are of. Knows no video."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tools.experts.memory_bank import k_center_greedy, nearest_distances

if TYPE_CHECKING:
    from torch import Tensor


class Rows:
    """Cells of one part, thinned to a coreset while they come in: memory stays bounded."""

    def __init__(self, max_rows: int) -> None:
        """Keep at most so many rows."""
        self._max_rows = max_rows
        self._held: list[Tensor] = []
        self._n_held = 0

    def add(self, features_nd: Tensor) -> None:
        """Take (N, D) float32 rows in."""
        self._held.append(features_nd)
        self._n_held += len(features_nd)
        if self._n_held > 2 * self._max_rows:
            self._thin()

    def rows(self) -> Tensor:
        """(N, D), N at most `max_rows`."""
        self._thin()
        return self._held[0]

    def _thin(self) -> None:
        import torch

        rows = torch.cat(self._held)
        if len(rows) > self._max_rows:
            rows = rows[k_center_greedy(rows, self._max_rows)]
        self._held, self._n_held = [rows], len(rows)


class Channel(NamedTuple):
    """Normal rows of one kind of feature."""

    rows_nd: Tensor
    """(N, D) float32, as they were seen."""
    part_n: Tensor
    """(N,) int64."""
    place_weight: float
    """By which places, in lengths of a frame, count beside features in units of their spread."""

    def without(self, part: int | None = None) -> Serving:
        """The rows that serve where a part must not; nothing of it is in their scale either."""
        kept = self.rows_nd if part is None else self.rows_nd[self.part_n != part]
        features, places = kept[:, :-2], kept[:, -2:]
        # One unit for all features: a speed does not count more because directions vary more.
        scale = 1.0 / (float(features.std(dim=0, correction=0).square().mean().sqrt()) + 1e-6)
        return Serving(
            _beside(features * scale, places * self.place_weight), scale, self.place_weight
        )


class Serving(NamedTuple):
    """Rows that cells are compared with, features in units of their spread."""

    bank_nd: Tensor
    scale: float
    place_weight: float

    def distances(self, grid_hwd: Tensor) -> Tensor:
        """(h, w, D) cells as they were seen to (h, w) distances to the nearest rows."""
        rows = rows_of(grid_hwd)
        queries = _beside(rows[:, :-2] * self.scale, rows[:, -2:] * self.place_weight)
        return nearest_distances(queries, self.bank_nd).view(grid_hwd.shape[:2])


class Learned(NamedTuple):
    """What references taught."""

    motion: Channel
    looks: Channel
    motion_unit: float
    look_unit: float
    """What the worst cell of a normal frame usually is away from the other parts."""

    @property
    def still(self) -> bool:
        """Whether the camera stands still, so that places count."""
        return self.motion.place_weight > 0


class Part:
    """What one part of the references taught, while it is seen."""

    def __init__(self, max_motion_rows: int, max_look_rows: int) -> None:
        self.motion = Rows(max_motion_rows)
        self.looks = Rows(max_look_rows)
        self.motion_probes: list[Tensor] = []
        self.look_probes: list[Tensor] = []


def rows_of(grid_hwd: Tensor) -> Tensor:
    """(h * w, D + 2): the features of each cell, and its place in lengths of the longer side."""
    import torch

    height, width = grid_hwd.shape[:2]
    longer = max(height, width)
    rows = (torch.arange(height, device=grid_hwd.device) + 0.5) / longer
    columns = (torch.arange(width, device=grid_hwd.device) + 0.5) / longer
    places = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), dim=2)
    return _beside(grid_hwd.flatten(0, 1), places.flatten(0, 1))


def joined(parts: Sequence[Part], *, place_weight: float) -> Learned:
    """What all parts of the references taught, with the units of their distances.

    Args:
        parts: seen to their end.
        place_weight: by which places count; 0 where the camera does not stand still.
    """
    motion = _channel([one.motion.rows() for one in parts], place_weight)
    looks = _channel([one.looks.rows() for one in parts], place_weight)
    return Learned(
        motion,
        looks,
        _unit(motion, [one.motion_probes for one in parts]),
        _unit(looks, [one.look_probes for one in parts]),
    )


def _channel(rows: Sequence[Tensor], place_weight: float) -> Channel:
    import torch

    owners = [torch.full((len(one),), k, device=one.device) for k, one in enumerate(rows)]
    return Channel(torch.cat(list(rows)), torch.cat(owners), place_weight)


def _unit(channel: Channel, probes: Sequence[Sequence[Tensor]]) -> float:
    """The median over normal frames of the distance of their worst cell to the other parts."""
    alone = len(probes) == 1
    worst = []
    for part, grids in enumerate(probes):
        rows = channel.without(None if alone else part)
        worst += [float(rows.distances(grid).max()) for grid in grids]
    return max(float(np.median(worst)), 1e-3)


def _beside(features: Tensor, places: Tensor) -> Tensor:
    import torch

    return torch.cat([features, places], dim=1)
