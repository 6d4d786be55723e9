"""Connected pieces of label maps in torch, and joining the small ones. Knows no superpixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def component_roots(labels_bhw: Tensor) -> Tensor:
    """The 4-connected pieces of equal label, by the flat index of their first pixel.

    Every run of a row points at its start; then the later of two touching starts points at the
    earlier one and pointers are followed to their ends, until nothing changes (Shiloach and
    Vishkin 1982): a few rounds on any device.

    Args:
        labels_bhw: (B, H, W) integers.

    Returns:
        (B, H, W) int64 into the flattened batch.
    """
    import torch

    place = torch.arange(labels_bhw.numel(), device=labels_bhw.device).view(labels_bhw.shape)
    starts = torch.ones_like(labels_bhw, dtype=torch.bool)
    starts[:, :, 1:] = labels_bhw[:, :, 1:] != labels_bhw[:, :, :-1]
    runs = torch.where(starts, place, 0).flatten().cummax(dim=0).values.view(labels_bhw.shape)
    same = labels_bhw[:, 1:] == labels_bhw[:, :-1]
    above, below = runs[:, :-1][same], runs[:, 1:][same]
    pointers = place.flatten().clone()
    while above.numel():
        later, earlier = torch.maximum(above, below), torch.minimum(above, below)
        pointers.scatter_reduce_(0, later, earlier, "amin")
        pointers = _settled(pointers)
        above, below = pointers[above], pointers[below]
        apart = above != below
        above, below = above[apart], below[apart]
    return pointers[runs]


def join_small_components(labels_bhw: Tensor, *, min_px: int) -> Tensor:
    """Make every label one 4-connected piece of at least `min_px`, where a picture has so many.

    As in scikit-image's connectivity, a smaller piece joins, of those that begin before it, the
    one that a breadth-first search from its first pixel meets last. What holds the picture's
    first pixel has none before it, and joins a later one (there it is dropped).

    Args:
        labels_bhw: (B, H, W) integers.
        min_px: least size.

    Returns:
        (B, H, W) int64, from 1 in each picture, in the order of their first pixels.
    """
    roots = component_roots(labels_bhw)
    roots = _joined(roots, min_px=min_px, before_only=True)
    roots = _joined(roots, min_px=min_px, before_only=False)
    return _numbered(roots)


def _settled(pointers: Tensor) -> Tensor:
    """Follow pointers, each to a smaller or the same index, to their ends; (N,) int64."""
    while True:
        further = pointers[pointers]
        if bool((further == pointers).all()):
            return pointers
        pointers = further


def _joined(roots_bhw: Tensor, *, min_px: int, before_only: bool) -> Tensor:
    import torch

    n_places = roots_bhw.numel()
    sizes = torch.bincount(roots_bhw.flatten(), minlength=n_places)
    small = ((sizes > 0) & (sizes < min_px)).nonzero()[:, 0]
    met = _last_met(roots_bhw, small, before_only=before_only)
    small, met = small[met >= 0], met[met >= 0]
    pointers = torch.arange(n_places, device=roots_bhw.device)
    pointers[torch.maximum(small, met)] = torch.minimum(small, met)
    return _settled(pointers)[roots_bhw]


def _last_met(roots_bhw: Tensor, pieces: Tensor, *, before_only: bool) -> Tensor:
    """The neighbour that a breadth-first search through each piece meets last, or -1.

    Args:
        roots_bhw: each pixel's piece, by first pixel.
        pieces: (P,) first pixels of those that are searched, ascending.
        before_only: meet only pieces that begin earlier.

    Returns:
        (P,) first pixels. Sides are looked at in the reference's order: right, left, down, up.
    """
    import torch
    from torch.nn import functional

    height_px, width_px = roots_bhw.shape[1:]
    # A border of -1 spares every look to the side the question where the picture ends.
    fenced = functional.pad(roots_bhw, (1, 1, 1, 1), value=-1).flatten()
    row, column = pieces // width_px, pieces % width_px
    row = row + 2 * (row // height_px) + 1
    aside = torch.tensor((1, -1, width_px + 2, -width_px - 2), device=pieces.device)
    met = torch.full_like(pieces, -1)
    seen = torch.zeros_like(fenced, dtype=torch.bool)
    claims = torch.empty_like(fenced)
    front = row * (width_px + 2) + column + 1
    piece = torch.arange(len(pieces), device=pieces.device)
    while front.numel():
        seen[front] = True
        beside = (front[:, None] + aside).flatten()
        of = piece.repeat_interleave(len(aside))
        there, own = fenced[beside], pieces[of]
        found = (there >= 0) & ((there < own) if before_only else (there != own))
        met = _noted(met, of, there, found=found)
        # The one wait for the device in a round: how many go on.
        onward = (there == own) & ~seen[beside]
        kept = (onward & _first_of_each(beside, onward, claims=claims)).nonzero()[:, 0]
        front, piece = beside[kept], of[kept]
    return met


def _noted(met: Tensor, of: Tensor, there: Tensor, *, found: Tensor) -> Tensor:
    """What each piece met last; the order of the looks is that of the search."""
    import torch

    turn = torch.where(found, torch.arange(len(of), device=of.device), -1)
    last = torch.full_like(met, -1).scatter_reduce_(0, of, turn, "amax")
    return torch.where(last >= 0, there[last.clamp(min=0)], met)


def _first_of_each(values: Tensor, chosen: Tensor, *, claims: Tensor) -> Tensor:
    """Where each distinct value is chosen first; (N,) bool. `claims` is room for all values."""
    import torch

    turn = torch.arange(len(values), device=values.device)
    claims[values] = len(values)
    claims.scatter_reduce_(0, values, torch.where(chosen, turn, len(values)), "amin")
    return turn == claims[values]


def _numbered(roots_bhw: Tensor) -> Tensor:
    import torch

    flat = roots_bhw.view(len(roots_bhw), -1)
    place = torch.arange(flat.numel(), device=flat.device).view(flat.shape)
    number = (flat == place).cumsum(dim=1)
    return number.flatten()[flat].view(roots_bhw.shape)
