"""Intervals for frames that follow each other: blocks of them are drawn, not single ones."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from evals.metrics.intervals import Interval

Frames = npt.NDArray[np.int64]
Statistic = Callable[[Sequence[Frames]], float]


def block_draws(gt_labels: npt.ArrayLike, *, length: int, rng: np.random.Generator) -> Frames:
    """Draw as many frames as there are, in blocks that follow each other.

    Circular blocks (Politis and Romano 1992) within each label's frames in order of time, so that
    every draw has the frames of both labels that there are.

    Args:
        gt_labels: (N,) of the frames in order of time.
        length: frames of a block.
        rng: decides the draw.

    Returns:
        (N,) indices of frames.

    Raises:
        ValueError: no frame, or a length below 1.
    """
    labels = np.asarray(gt_labels)
    if labels.ndim != 1 or not labels.size or length < 1:
        raise ValueError(f"needs frames and length >= 1, got {labels.shape} and {length}")
    drawn = []
    for value in np.unique(labels):
        members = np.flatnonzero(labels == value)
        n_blocks = -(-members.size // length)
        starts = rng.integers(0, members.size, n_blocks)
        places = (starts[:, None] + np.arange(length)).ravel()[: members.size] % members.size
        drawn.append(members[places])
    return np.concatenate(drawn)


def block_interval(
    statistic: Statistic,
    gt_labels: Sequence[npt.ArrayLike],
    *,
    length: int,
    n: int = 1000,
    seed: int = 0,
) -> Interval:
    """A statistic of the frames of several clips with its 95 % percentile interval.

    It speaks of other moments of these clips, not of other clips.

    Args:
        statistic: of the indices of each clip's frames.
        gt_labels: of each clip, (N,) in order of time.
        length: frames of a block.
        n: draws.
        seed: of the draws.

    Raises:
        ValueError: as ``block_draws``.
    """
    rng = np.random.default_rng(seed)
    whole = [np.arange(np.asarray(one).size) for one in gt_labels]
    values = [
        statistic([block_draws(one, length=length, rng=rng) for one in gt_labels]) for _ in range(n)
    ]
    low, high = np.percentile(values, (2.5, 97.5))
    return Interval(statistic(whole), float(low), float(high))
