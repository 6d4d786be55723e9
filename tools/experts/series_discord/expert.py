"""Discord: how far each window of a series lies from every window of the references.

The distance of the matrix profile (Yeh et al. 2016) between a series and its references, seen
through several lenses: z-normalised, less the mean, as it is, and short; and beside them what a
channel tells that the others do not. Training-free. Knows no product, rule or calibration.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tools.asset_ports import AssetPort, AssetScore, NormalScore
from tools.experts.series_discord.bank import Piece, Rows, distances, remember
from tools.experts.series_discord.bond import fit_bond, residuals
from tools.experts.series_discord.recording import Recording, Scale, record, scale_of, scaled
from tools.experts.series_discord.rhythm import find_seasons, window_length
from tools.experts.series_discord.windows import Lens, cover, lenses_for
from tools.ports import NotApplicable
from tools.records import Modality

if TYPE_CHECKING:
    from tools.assets.series.series import Series

BOND = "bond"
LEVEL_SHARE = 0.99
"""Distances are measured in units of what this share of held-out normal samples stays below."""
LEVEL_FLOOR = 1e-3
"""Of that unit, in spreads of the channel: references that repeat exactly have none."""
N_PIECES = 4
"""Of a single reference, each scored by the windows outside it."""
MIN_SAMPLES = 32
STEP_SLACK = 0.1
"""By which the sampling of a series may differ from that of the references."""


@dataclass(frozen=True)
class Learned:
    """What is known of the references."""

    channels: tuple[str, ...]
    step: float
    scale: Scale
    references: tuple[Recording, ...]
    """In units of their spread."""
    lenses: tuple[Lens, ...]
    rows: Mapping[str, Sequence[Rows]]
    """By lens, by channel."""


class SeriesDiscord:
    """Windows of the references in a memory. An `AssetExpert`."""

    name = "discord"
    modality: Modality = "time_series"

    def __init__(self, *, max_windows: int = 16_384, device: str = "cpu") -> None:
        """Set up; computes nothing.

        Args:
            max_windows: remembered for each lens and channel; more are thinned at random. A
                million samples against them cost about 10^12 multiplications a channel, in
                memory that does not grow with the length but by the samples themselves.
            device: torch's name of the device that computes.

        Raises:
            ValueError: where `max_windows` is below 1.
        """
        if max_windows < 1:
            raise ValueError(f"max_windows must be at least 1, got {max_windows}")
        self._max_windows = max_windows
        self._device = device
        parameters = f"{self.name}/1 {max_windows}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]

    def learn_assets(self, references: Sequence[Any]) -> DiscordMemory:
        """Remember the windows of the references; see `AssetExpert.learn_assets`.

        Raises:
            NotApplicable: where one is no series, they differ in channels or sampling, or none is
                long enough.
        """
        opened = [_series(one) for one in references]
        channels = tuple(one.name for one in opened[0].channels)
        raw = [record(one, channels) for one in opened]
        if not all(one.step for one in raw):
            raw = [record(one, channels, evenly=False) for one in opened]
        longest = max(len(one.values_gc) for one in raw)
        if longest < MIN_SAMPLES:
            raise NotApplicable(
                f"the longest reference has {longest} samples, {MIN_SAMPLES} are needed"
            )
        for one, series in zip(raw, opened, strict=True):
            _check_step(one.step, raw[0].step, series)
        scale = scale_of(raw)
        scaled_ones = tuple(scaled(one, scale) for one in raw)
        lenses = lenses_for(window_length(scaled_ones), find_seasons(scaled_ones))
        rows = {lens.name: self._remember(scaled_ones, lens) for lens in lenses}
        learned = Learned(channels, raw[0].step, scale, scaled_ones, lenses, rows)
        return DiscordMemory(learned)

    def _remember(self, references: Sequence[Recording], lens: Lens) -> list[Rows]:
        return [
            remember(references, lens, channel, max_windows=self._max_windows, device=self._device)
            for channel in range(references[0].values_gc.shape[1])
        ]


class DiscordMemory:
    """What the expert learnt of one product. An `AssetMemory`."""

    def __init__(self, learned: Learned) -> None:
        """Score the references without themselves, for the units of every lens."""
        self._learned = learned
        self._pieces = list(_pieces(learned.references))
        self._held_out = [self._piece_distances(piece) for piece in self._pieces]
        self._levels = {
            name: _levels([one[name] for one in self._held_out]) for name in self._held_out[0]
        }

    @property
    def lenses(self) -> tuple[Lens, ...]:
        """The ways in which windows are compared."""
        return self._learned.lenses

    def score_asset(self, asset: AssetPort) -> AssetScore:
        """Score every sample of every channel; see `AssetMemory.score_asset`.

        1 is as far from the references as the furthest percent of their own samples, by the mean
        of the lenses.

        Raises:
            NotApplicable: where it is no series, has other channels or another sampling, or is
                shorter than a window.
        """
        series = _series(asset)
        raw = record(series, self._learned.channels, evenly=bool(self._learned.step))
        _check_step(raw.step, self._learned.step, series)
        recording = scaled(raw, self._learned.scale)
        bond = self._bond(recording, without=None)
        fused = self._fused(self._distances(recording, without=None) | bond)
        if not np.isfinite(fused).any():
            shortest = min(lens.length for lens in self.lenses)
            raise NotApplicable(f"{series.asset.path}: no {shortest} samples lie without a gap")
        in_rows = fused[recording.places][:, _back(series, self._learned.channels)]
        return AssetScore(float(np.nanmax(fused)), in_rows.astype(np.float32))

    def normal_scores(self) -> list[list[NormalScore]]:
        """Every reference by the others; of a single one, its parts by the rest of it.

        Raises:
            NotApplicable: where a part has no window, or no window lies outside it.
        """
        by_reference: list[list[NormalScore]] = [[] for _ in self._learned.references]
        for piece, found in zip(self._pieces, self._held_out, strict=True):
            fused = self._fused(found)
            if not np.isfinite(fused).any():
                raise NotApplicable("a reference has no samples that others can score")
            highest = float(np.nanmax(fused))
            by_reference[piece.reference].append(NormalScore(highest, highest))
        return by_reference

    def held_out_scores(self, reference: int) -> list[NDArray[np.float64]]:
        """Scores of a reference without itself, part by part: (n_places, n_channels) each."""
        return [
            self._fused(found)
            for piece, found in zip(self._pieces, self._held_out, strict=True)
            if piece.reference == reference
        ]

    def _piece_distances(self, piece: Piece) -> dict[str, NDArray[np.float64]]:
        part = _part(self._learned.references[piece.reference], piece)
        return self._distances(part, without=piece) | self._bond(part, without=piece)

    def _distances(
        self, recording: Recording, *, without: Piece | None
    ) -> dict[str, NDArray[np.float64]]:
        """By lens, (G, C)."""
        n_channels = len(self._learned.channels)
        return {
            lens.name: np.column_stack(
                [
                    distances(recording, lens, c, self._learned.rows[lens.name][c], without=without)
                    for c in range(n_channels)
                ]
            )
            for lens in self.lenses
        }

    def _bond(
        self, recording: Recording, *, without: Piece | None
    ) -> dict[str, NDArray[np.float64]]:
        """(G, C) of what channels tell alone, over short windows; none of a single channel."""
        if len(self._learned.channels) < 2:
            return {}
        rest = _without(self._learned.references, without)
        length = min(self.lenses[-1].length, len(recording.values_gc))
        apart = residuals(fit_bond(rest), recording.values_gc)
        apart[recording.missing_gc] = 0.0
        smooth = np.abs(np.column_stack([_smoothed(column, length) for column in apart.T]))
        smooth[recording.missing_gc] = np.nan
        return {BOND: smooth}

    def _fused(self, found: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """(G, C) mean over the lenses of distances in units of normal ones; NaN where none is."""
        ratios = np.stack([found[name] / self._levels[name] for name in found])
        counted = np.isfinite(ratios)
        totals = np.where(counted, ratios, 0.0).sum(axis=0)
        n_lenses = counted.sum(axis=0)
        return np.where(n_lenses > 0, totals / np.maximum(n_lenses, 1), np.nan)


def _series(asset: object) -> Series:
    from tools.assets.series.series import Series

    if not isinstance(asset, Series):
        raise NotApplicable("it scores time series only")
    return asset


def _check_step(step: float, wanted: float, series: Series) -> None:
    """Series of uneven stamps go by their rows, whatever the references do."""
    if step and abs(step - wanted) > STEP_SLACK * wanted:
        raise NotApplicable(
            f"{series.asset.path}: is sampled every {step:g} {series.stamps.time_unit}, the "
            f"references every {wanted:g}"
        )


def _pieces(references: Sequence[Recording]) -> Iterator[Piece]:
    n_each = N_PIECES if len(references) == 1 else 1
    for number, one in enumerate(references):
        n_places = len(one.values_gc)
        edges = [n_places * i // n_each for i in range(n_each + 1)]
        yield from (Piece(number, edges[i], edges[i + 1]) for i in range(n_each))


def _part(recording: Recording, piece: Piece) -> Recording:
    chosen = slice(piece.first, piece.last)
    clock = recording.clock_s
    return recording._replace(
        values_gc=recording.values_gc[chosen],
        missing_gc=recording.missing_gc[chosen],
        places=np.arange(piece.last - piece.first),
        clock_s=None if clock is None else clock[chosen],
    )


def _without(references: Sequence[Recording], piece: Piece | None) -> list[NDArray[np.float64]]:
    """The values that serve."""
    if piece is None:
        return [one.values_gc for one in references]
    rest = [one.values_gc for i, one in enumerate(references) if i != piece.reference]
    own = references[piece.reference].values_gc
    return [*rest, own[: piece.first], own[piece.last :]]


def _levels(held_out: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """(C,) unit of a lens; of a channel without windows, that of the worst other one."""
    pooled = np.concatenate(list(held_out))
    levels = np.array(
        [
            np.quantile(column[np.isfinite(column)], LEVEL_SHARE)
            if np.isfinite(column).any()
            else np.nan
            for column in pooled.T
        ]
    )
    known = levels[np.isfinite(levels)]
    fallback = float(known.max()) if known.size else 1.0
    return np.maximum(np.where(np.isfinite(levels), levels, fallback), LEVEL_FLOOR)


def _smoothed(values: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Mean over the windows at each place of the mean of a window: noise cancels, drifts do not."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    starts = np.arange(len(values) - length + 1, dtype=np.int64)
    means = (sums[starts + length] - sums[starts]) / length
    return cover(starts, means, length=length, n_places=len(values))


def _back(series: Series, channels: Sequence[str]) -> list[int]:
    """Columns of a recording in the series' own order of channels."""
    return [list(channels).index(one.name) for one in series.channels]
