"""Windows of the references, remembered by lens and channel. Knows no fusion and no verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Float32Array, Int64Array
from tools.experts.memory_bank import nearest_distances
from tools.experts.series_discord.recording import Recording
from tools.experts.series_discord.windows import Lens, cover, describe, starts_of

if TYPE_CHECKING:
    from torch import Tensor

QUERIES_AT_ONCE = 16_384
"""Windows that are described at once; bounds memory."""


class Piece(NamedTuple):
    """Places [first, last) of a reference."""

    reference: int
    first: int
    last: int


class Rows(NamedTuple):
    """Remembered windows of one channel, as one lens sees them."""

    features_nd: Tensor
    """(N, D) float32."""
    reference_n: Int64Array
    start_n: Int64Array


def remember(
    references: Sequence[Recording], lens: Lens, channel: int, *, max_windows: int, device: str
) -> Rows:
    """Windows at every sample of the references; a random part where they are too many.

    Args:
        references: in units of their spread.
        lens: how windows are looked at.
        channel: column of the recordings.
        max_windows: that are kept; of a periodic signal they still show every phase.
        device: torch's name.
    """
    import torch

    starts = [starts_of(one, lens, stride=1, channel=channel) for one in references]
    owner = np.repeat(np.arange(len(starts)), [len(one) for one in starts])
    places = np.concatenate(starts)
    if len(places) > max_windows:
        rng = np.random.default_rng(0)
        kept = np.sort(rng.choice(len(places), max_windows, replace=False))
        owner, places = owner[kept], places[kept]
    rows = [
        describe(one, lens, channel, places[owner == number])
        for number, one in enumerate(references)
    ]
    features = torch.from_numpy(np.concatenate(rows)).to(device)
    return Rows(features, owner.astype(np.int64), places)


def distances(
    recording: Recording, lens: Lens, channel: int, rows: Rows, *, without: Piece | None = None
) -> NDArray[np.float64]:
    """(G,) mean over the windows at each place of the distance to the nearest remembered one.

    NaN where no window lies, everywhere where no remembered window serves.

    Args:
        recording: that is scored, in units of the references' spread.
        lens: how windows are looked at.
        channel: column of the recording.
        rows: what is remembered of this channel.
        without: remembered windows that touch it do not serve.
    """
    n_places = len(recording.values_gc)
    starts = starts_of(recording, lens, stride=lens.stride, channel=channel)
    features = rows.features_nd
    if without is not None:
        features = features[_apart(rows, without, lens.length)]
    if not len(starts) or not len(features):
        return np.full(n_places, np.nan)
    found = [
        _nearest(describe(recording, lens, channel, starts[at : at + QUERIES_AT_ONCE]), features)
        for at in range(0, len(starts), QUERIES_AT_ONCE)
    ]
    means = cover(starts, np.concatenate(found), length=lens.length, n_places=n_places)
    return np.maximum(means, 0.0)  # sums over long series leave rounding below nought


def _apart(rows: Rows, piece: Piece, length: int) -> Tensor:
    import torch

    touches = (
        (rows.reference_n == piece.reference)
        & (rows.start_n + length > piece.first)
        & (rows.start_n < piece.last)
    )
    return torch.from_numpy(np.flatnonzero(~touches)).to(rows.features_nd.device)


def _nearest(queries: Float32Array, features_nd: Tensor) -> Float32Array:
    import torch

    asked = torch.from_numpy(queries).to(features_nd.device)
    return np.asarray(nearest_distances(asked, features_nd).cpu().numpy())
