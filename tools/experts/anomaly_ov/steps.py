"""The steps of Anomaly-OV's expert as functions of tensors. Know no weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor, device

TEMPERATURE = 0.01


class Sizes(Protocol):
    """What an expert is built for."""

    hidden: int
    tokens: int
    tap_widths: tuple[int, ...]


def check_inputs(
    sizes: Sizes, final_bnd: Tensor, taps: Sequence[Tensor], *, split_sizes: Sequence[int]
) -> None:
    """Refuse what an expert of these sizes cannot judge.

    Raises:
        ValueError: where shapes or counts do not agree.
    """
    n_crops = sum(split_sizes)
    if not split_sizes or min(split_sizes) < 1:
        raise ValueError(f"every image needs its base view: split_sizes, got {list(split_sizes)}")
    wanted = (n_crops, sizes.tokens, sizes.hidden)
    if tuple(final_bnd.shape) != wanted:
        raise ValueError(f"final_bnd must be {wanted} for its split_sizes, got {final_bnd.shape}")
    shapes = [(n_crops, sizes.tokens, width) for width in sizes.tap_widths]
    if [tuple(tap.shape) for tap in taps] != shapes:
        raise ValueError(f"taps must be {shapes}, got {[tuple(tap.shape) for tap in taps]}")


def base_rows(split_sizes: Sequence[int]) -> list[int]:
    """Where the base view of each image lies in the stack of all crops."""
    return list(accumulate(split_sizes, initial=0))[:-1]


def torch_counts(split_sizes: Sequence[int], *, device: device) -> Tensor:
    """The counts as a tensor."""
    import torch

    return torch.tensor(list(split_sizes), device=device)


def level_map(patches_bne: Tensor, descriptions_b2e: Tensor) -> Tensor:
    """Probability that each patch is anomalous rather than normal (eq. 4), in float32.

    Args:
        patches_bne: (B, N, E), adapted.
        descriptions_b2e: (B, 2, E): normal, anomalous.

    Returns:
        (B, N) in [0, 1].
    """
    import torch
    from torch.nn import functional

    # In half precision a cosine is off by a hundredth, which the temperature makes a whole unit.
    with torch.autocast(patches_bne.device.type, enabled=False):
        patches = functional.normalize(patches_bne.float(), dim=-1)
        descriptions = functional.normalize(descriptions_b2e.float(), dim=-1)
        logits_bn2 = (patches / TEMPERATURE) @ descriptions.transpose(1, 2)
        return logits_bn2.softmax(dim=-1)[..., 1]


def pool(maps_bhw: Tensor, side: int) -> Tensor:
    """(B, side * side): mean over bins of a grid, row by row; bins overlap as torch's do."""
    from torch.nn import functional

    return functional.adaptive_avg_pool2d(maps_bhw[:, None], side).flatten(1)


def query_tokens(final_bnd: Tensor, maps_bhw: Tensor, pooled_bk: Tensor, *, side: int) -> Tensor:
    """(B, side * side, D): features of each bin, their mean weighted by the map (eq. 6).

    A bin whose pooled map is zero takes the plain mean.
    """
    import torch
    from torch.nn import functional

    dtype = final_bnd.dtype
    grid_bdhw = final_bnd.float().transpose(1, 2).reshape(len(final_bnd), -1, *maps_bhw.shape[1:])
    weighted = functional.adaptive_avg_pool2d(grid_bdhw * maps_bhw[:, None], side)
    empty_bk1 = (pooled_bk == 0)[..., None]
    divisor = pooled_bk[..., None].masked_fill(empty_bk1, 1)
    queries = weighted.flatten(2).transpose(1, 2) / divisor
    if bool(empty_bk1.any()):
        plain = functional.adaptive_avg_pool2d(grid_bdhw, side).flatten(2).transpose(1, 2)
        queries = torch.where(empty_bk1, plain, queries)
    return queries.to(dtype)


def attend(queries_bke: Tensor, keys_bne: Tensor, values_bnd: Tensor) -> Tensor:
    """(B, K, D): one head of attention over values as they are (eq. 7)."""
    scores = queries_bke @ keys_bne.transpose(1, 2) / math.sqrt(keys_bne.shape[-1])
    return scores.softmax(dim=-1) @ values_bnd


def image_summaries(
    tokens_bkd: Tensor, pooled_bk: Tensor, means_b: Tensor, *, split_sizes: Sequence[int]
) -> Tensor:
    """(n, D): mean of the tokens of each image (eq. 8), a plain one where all weights are zero.

    Args:
        tokens_bkd: (B, K, D).
        pooled_bk: (B, K), pooled maps.
        means_b: (B,), means of the maps: the second factor of each weight.
        split_sizes: crops of each image.
    """
    import torch

    summaries = []
    start = 0
    for size in split_sizes:
        crops = slice(start, start + size)
        # Maps of normal parts reach 1e-26, and products of two are less than float32 can hold.
        weights = _of_largest(pooled_bk[crops]) * _of_largest(means_b[crops])[:, None]
        shares = weights / weights.sum()
        summaries.append((tokens_bkd[crops].float() * shares[..., None]).sum(dim=(0, 1)))
        start += size
    return torch.stack(summaries).to(tokens_bkd.dtype)


def _of_largest(values: Tensor) -> Tensor:
    """In units of the largest; ones where all are zero."""
    largest = values.max()
    return values / largest if bool(largest > 0) else values + 1
