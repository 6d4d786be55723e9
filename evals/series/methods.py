"""The methods: the discord expert, a plain matrix profile, a z-score. Know no label.

Each learns from the training part alone and scores every tested row; the worst channel counts.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evals.series.labelled import LabelledSeries
from tools.assets.series.series import Series
from tools.experts.series_discord import SeriesDiscord
from tools.experts.series_discord.recording import record
from tools.experts.series_discord.rhythm import window_length
from tools.experts.series_discord.windows import cover

DISCORD = "discord"
MATRIX_PROFILE = "matrix profile"
Z_SCORE = "z-score"


class Scored(NamedTuple):
    """Scores of rows, higher is worse."""

    train_n: NDArray[np.float64]
    """(n_train,) of the training part without itself, for thresholds."""
    test_n: NDArray[np.float64]
    """(n_tested,)."""


Method = Callable[[LabelledSeries], Scored]


def by_discord(one: LabelledSeries) -> Scored:
    """The expert, in process."""
    memory = SeriesDiscord().learn_assets([one.train])
    held_out = np.concatenate(memory.held_out_scores(0))
    return Scored(
        _worst_channel(held_out), _worst_channel(memory.score_asset(one.test).element_scores)
    )


def by_matrix_profile(one: LabelledSeries) -> Scored:
    """Stumpy's z-normalised AB-join of each channel with the training part, the same window rule.

    A row gets the mean over the windows that cover it; the training part's scores are its
    self-join, with stumpy's exclusion zone.
    """
    length = window_length([record(one.train, [c.name for c in one.train.channels])])
    train, test = _whole(one.train), _whole(one.test)
    joined = [_profile(t, length, reference=r) for t, r in zip(test, train, strict=True)]
    own = [_profile(r, length, reference=None) for r in train]
    return Scored(_worst_channel(np.column_stack(own)), _worst_channel(np.column_stack(joined)))


def by_z_score(one: LabelledSeries) -> Scored:
    """Distance to the training part's mean in its standard deviations."""
    train, test = _whole(one.train), _whole(one.test)
    middle = train.mean(axis=1, keepdims=True)
    spread = train.std(axis=1, keepdims=True)
    spread = np.where(spread > 0, spread, np.maximum(np.abs(middle) * 1e-3, 1e-9))
    return Scored(
        _worst_channel((np.abs(train - middle) / spread).T),
        _worst_channel((np.abs(test - middle) / spread).T),
    )


METHODS: dict[str, Method] = {
    DISCORD: by_discord,
    MATRIX_PROFILE: by_matrix_profile,
    Z_SCORE: by_z_score,
}


def _profile(
    values: NDArray[np.float64], length: int, *, reference: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    stumpy = _stumpy()
    if reference is None:
        found = stumpy.stump(values, m=length)
    else:
        found = stumpy.stump(values, m=length, T_B=reference, ignore_trivial=False)
    profile = np.asarray(found[:, 0], dtype=np.float64)
    profile = np.where(np.isfinite(profile), profile, np.sqrt(2.0 * length))
    starts = np.arange(len(profile), dtype=np.int64)
    return cover(starts, profile, length=length, n_places=len(values))


def _stumpy() -> Any:
    from importlib import import_module

    return import_module("stumpy")


def _whole(series: Series) -> NDArray[np.float64]:
    """(n_channels, n_samples) without gaps."""
    values = np.array(series.values_cn)
    every = np.arange(values.shape[1])
    for row in values:
        known = np.isfinite(row)
        row[~known] = np.interp(every[~known], every[known], row[known]) if known.any() else 0.0
    return values


def _worst_channel(scores_nc: NDArray[np.floating]) -> NDArray[np.float64]:
    """(n,) where nothing is said, the least that is said anywhere."""
    floor = float(np.nanmin(scores_nc))
    return np.asarray(np.where(np.isfinite(scores_nc), scores_nc, floor).max(axis=1), np.float64)
