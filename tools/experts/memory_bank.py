"""Nearest neighbours and a coreset over patch features. Knows nothing of images or labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

QUERIES_AT_ONCE = 1024
TILE_QUERIES, TILE_ROWS = 256, 1024
"""Of a product of which only the least counts: a megabyte."""


class Neighbours(NamedTuple):
    """The nearest rows of a bank, nearest first."""

    distances: Tensor
    """(Q, K) float32, Euclidean."""
    indices: Tensor
    """(Q, K) int64 rows of the bank."""


def nearest(
    queries_qd: Tensor, bank_nd: Tensor, *, k: int = 1, without_n: Tensor | None = None
) -> Neighbours:
    """Find the k nearest rows of a bank for each query, exactly.

    Args:
        queries_qd: (Q, D) float32.
        bank_nd: (N, D) float32, same device.
        k: neighbours per query.
        without_n: (N,) bool, true for rows that must not serve.

    Raises:
        ValueError: where fewer than k rows serve.
    """
    import torch

    serving_n = torch.arange(len(bank_nd), device=bank_nd.device)
    if without_n is not None:
        serving_n = serving_n[~without_n]
        bank_nd = bank_nd[serving_n]
    if not 0 < k <= len(bank_nd):
        raise ValueError(f"k must be in [1, {len(bank_nd)}] (the rows that serve), got {k}")
    norms_n = (bank_nd * bank_nd).sum(dim=1)
    distances, indices = [], []
    for start in range(0, len(queries_qd), QUERIES_AT_ONCE):
        block = queries_qd[start : start + QUERIES_AT_ONCE]
        # The query's own norm is the same for all rows: added after the choice, not before.
        partial = torch.addmm(norms_n, block, bank_nd.T, alpha=-2)
        best = partial.topk(k, dim=1, largest=False)
        squared = best.values + (block * block).sum(dim=1, keepdim=True)
        distances.append(squared.clamp_min(0).sqrt())
        indices.append(serving_n[best.indices])
    return Neighbours(torch.cat(distances), torch.cat(indices))


def nearest_distances(queries_qd: Tensor, bank_nd: Tensor) -> Tensor:
    """(Q,) float32 Euclidean distances to the nearest rows of a bank, exactly.

    A third of the time of `nearest`, which also tells the rows: products are made tile by tile,
    small enough for a processor's cache, and nothing is sorted.

    Args:
        queries_qd: (Q, D) float32.
        bank_nd: (N, D) float32, same device.

    Raises:
        ValueError: where the bank has no row.
    """
    import torch

    if not len(bank_nd):
        raise ValueError("the bank must have a row, has none")
    norms_n = (bank_nd * bank_nd).sum(dim=1, keepdim=True)
    bank = torch.cat([-2 * bank_nd, norms_n], dim=1).T.contiguous()
    queries = torch.cat([queries_qd, torch.ones_like(queries_qd[:, :1])], dim=1)
    least_q = torch.full_like(queries_qd[:, 0], float("inf"))
    for rows in range(0, len(queries), TILE_QUERIES):
        block, least = queries[rows : rows + TILE_QUERIES], least_q[rows : rows + TILE_QUERIES]
        for columns in range(0, bank.shape[1], TILE_ROWS):
            tile = block @ bank[:, columns : columns + TILE_ROWS]
            torch.minimum(least, tile.amin(dim=1), out=least)
    squared = least_q + (queries_qd * queries_qd).sum(dim=1)
    return squared.clamp_min(0).sqrt()


def k_center_greedy(points_nd: Tensor, n_centres: int, *, first: int = 0) -> Tensor:
    """Choose rows such that every row is near to a chosen one.

    Farthest-point greedy 2-approximation of the k-centre problem, as PatchCore (Roth et al. 2022,
    section 3.2) subsamples its bank.

    Args:
        points_nd: (N, D) float32.
        n_centres: rows to choose, in [1, N].
        first: row to start from; it stays in the coreset.

    Returns:
        (n_centres,) int64 rows, in order of choice, `first` first.

    Raises:
        ValueError: where `n_centres` or `first` is out of range.
    """
    import torch

    n_points = len(points_nd)
    if not 1 <= n_centres <= n_points:
        raise ValueError(f"n_centres must be in [1, {n_points}], got {n_centres}")
    if not 0 <= first < n_points:
        raise ValueError(f"first must be in [0, {n_points}), got {first}")
    norms_n = (points_nd * points_nd).sum(dim=1)
    chosen = torch.empty(n_centres, dtype=torch.int64, device=points_nd.device)
    gap_n = torch.full((n_points,), float("inf"), device=points_nd.device)
    row = torch.tensor(first, device=points_nd.device)
    for i in range(n_centres):
        chosen[i] = row
        centre = points_nd[row]
        gap_n = torch.minimum(gap_n, norms_n - 2 * (points_nd @ centre) + norms_n[row])
        # Rounding may leave a chosen row a little above zero; it must not be chosen twice.
        gap_n[row] = -1
        row = gap_n.argmax()
    return chosen
