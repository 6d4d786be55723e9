"""SLIC superpixels of a batch of pictures in torch, on CPU or GPU. Knows no view and no region.

scikit-image's `slic` is the reference: same seeds, windows, iterations and sizes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Int64Array
from tools.regions.connected import join_small_components

if TYPE_CHECKING:
    from torch import Tensor

N_ITERATIONS = 10
MIN_SIZE_FACTOR = 0.5
"""Smaller connected pieces, as a share of the mean superpixel, join a neighbour."""
SRGB_TO_XYZ = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
WHITE_XYZ = (0.95047, 1.0, 1.08883)
"""D65, 2 degrees."""
PICTURES_AT_ONCE = {"cpu": 1, "cuda": 32}
PIECE_SIDE_PX = {"cpu": 96, "cuda": 384}
"""Pictures are assigned in squares. Both: on a CPU what its caches hold."""


class Seeds(NamedTuple):
    """Where the superpixels start."""

    rows: Int64Array
    columns: Int64Array
    """(K,) each, pixels."""
    step_px: int
    """The larger spacing of the grid: the length that distances in space are weighed by."""
    window_y_px: int
    window_x_px: int
    """A superpixel takes no pixel farther from its centre, along each axis."""


def slic_labels(
    images_bhwc: NDArray[np.uint8], *, n_segments: int, compactness: float, device: str = "cpu"
) -> Int64Array:
    """Divide pictures of one size into superpixels.

    Method: SLIC (Achanta et al. 2012, TPAMI 34(11)) as scikit-image 0.26 runs it by default:
    each picture rescaled to [0, 1] by its own range, CIELAB, a regular grid of seeds, ten rounds
    of assignment within two steps and of means, then pieces below half the mean size joined to a
    neighbour. Distances are float32 (there float64), so that ties may fall otherwise. A piece
    above three times the mean size, which scikit-image cuts, stays whole.

    Args:
        images_bhwc: (B, H, W, 3) uint8 RGB.
        n_segments: about how many superpixels a picture has; the grid decides.
        compactness: weight of space against colour.
        device: cpu, cuda or cuda:N; means are taken in float64, which mps has not.

    Returns:
        (B, H, W): from 1 in each picture, in the order of their first pixels, without gaps;
        each label is one 4-connected piece.

    Raises:
        ValueError: where the batch is not (B, H, W, 3) with at least one pixel, or a number is
            not positive.
    """
    import torch

    _check(images_bhwc, n_segments=n_segments, compactness=compactness)
    height_px, width_px = images_bhwc.shape[1:3]
    seeds = seed_grid(height_px, width_px, n_segments=n_segments)
    min_px = int(MIN_SIZE_FACTOR * height_px * width_px / len(seeds.rows))
    at_once = PICTURES_AT_ONCE.get(torch.device(device).type, 1)
    labels = []
    with torch.inference_mode():
        for first in range(0, len(images_bhwc), at_once):
            piece = np.ascontiguousarray(images_bhwc[first : first + at_once])
            colours = lab_of(torch.from_numpy(piece).to(device)) * (seeds.step_px / compactness)
            nearest = _clustered(colours, seeds)
            labels.append(join_small_components(nearest, min_px=min_px).cpu().numpy())
    return np.concatenate(labels)


def seed_grid(height_px: int, width_px: int, *, n_segments: int) -> Seeds:
    """The regular grid of about `n_segments` centres, row by row."""
    import skimage.util

    regular_grid: Any = skimage.util.regular_grid
    rows_at, columns_at = regular_grid((1, height_px, width_px), n_segments)[1:]
    rows, columns = np.arange(height_px)[rows_at], np.arange(width_px)[columns_at]
    grid_rows, grid_columns = (axis.ravel() for axis in np.meshgrid(rows, columns, indexing="ij"))
    # The windows follow the number of seeds that there are, the weight the number asked for.
    windows = regular_grid((1, height_px, width_px), len(grid_rows))[1:]
    return Seeds(
        grid_rows.astype(np.int64),
        grid_columns.astype(np.int64),
        int(max(rows_at.step or 1, columns_at.step or 1)),
        2 * int(windows[0].step or 1),
        2 * int(windows[1].step or 1),
    )


def lab_of(pictures_bhwc: Tensor) -> Tensor:
    """CIELAB (D65, 2 degrees) of pictures that are rescaled to [0, 1] by their own range.

    Args:
        pictures_bhwc: (B, H, W, 3) uint8 RGB.

    Returns:
        (B, H, W, 3) float32: L in [0, 100], a, b.
    """
    import torch

    low = pictures_bhwc.amin(dim=(1, 2, 3), keepdim=True).float()
    high = pictures_bhwc.amax(dim=(1, 2, 3), keepdim=True).float()
    rgb = (pictures_bhwc.float() - low) / (high - low).clamp(min=1.0)
    linear = torch.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    to_xyz = torch.tensor(SRGB_TO_XYZ, device=linear.device)
    white = torch.tensor(WHITE_XYZ, device=linear.device)
    xyz = linear @ (to_xyz / white[:, None]).T
    bent = torch.where(xyz > 0.008856, xyz.clamp(min=1e-6) ** (1 / 3), 7.787 * xyz + 16 / 116)
    x, y, z = bent.unbind(dim=-1)
    return torch.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), dim=-1)


def _check(images_bhwc: NDArray[np.uint8], *, n_segments: int, compactness: float) -> None:
    if images_bhwc.ndim != 4 or images_bhwc.shape[3] != 3 or not images_bhwc.size:
        raise ValueError(f"images_bhwc must be (B, H, W, 3), got {images_bhwc.shape}")
    if n_segments < 1 or compactness <= 0:
        raise ValueError(
            f"n_segments and compactness must be positive, got {n_segments} and {compactness}"
        )


def _clustered(colours: Tensor, seeds: Seeds) -> Tensor:
    """(B, H, W) index of each pixel's superpixel after the last assignment."""
    import torch

    n_images, n_seeds = colours.shape[0], len(seeds.rows)
    centres = torch.zeros(n_images, n_seeds, 5, device=colours.device)
    # The first assignment is by place alone, as in the reference: the seeds have no colour yet.
    centres[..., 3] = torch.from_numpy(seeds.rows).to(colours.device)
    centres[..., 4] = torch.from_numpy(seeds.columns).to(colours.device)
    nearest = torch.zeros(colours.shape[:3], dtype=torch.int64, device=colours.device)
    for _ in range(N_ITERATIONS):
        _assign(nearest, colours, centres, seeds)
        centres = _means(nearest, colours, centres)
    return nearest


def _assign(nearest: Tensor, colours: Tensor, centres: Tensor, seeds: Seeds) -> None:
    """Write each pixel's nearest centre of those whose window holds it; others keep theirs."""
    import torch

    height_px, width_px = nearest.shape[1:]
    rows = _axis(height_px, centres[..., 3], window_px=seeds.window_y_px)
    columns = _axis(width_px, centres[..., 4], window_px=seeds.window_x_px)
    side = PIECE_SIDE_PX.get(colours.device.type, PIECE_SIDE_PX["cpu"])
    for top in range(0, height_px, side):
        for left in range(0, width_px, side):
            down, across = slice(top, top + side), slice(left, left + side)
            near_rows, near_columns = rows[..., down], columns[..., across]
            reach = near_rows.amin(dim=(0, 2)) + near_columns.amin(dim=(0, 2))
            chosen = torch.isfinite(reach).nonzero()[:, 0]
            least, index = _distances(
                colours[:, down, across],
                centres[:, chosen, :3],
                near_rows[:, chosen],
                near_columns[:, chosen],
            ).min(dim=1)
            place = nearest[:, down, across]
            place.copy_(torch.where(torch.isfinite(least), chosen[index], place))


def _distances(piece: Tensor, colour: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """(B, K, h, w) squared distances in colour and space, less what all centres share."""
    import torch

    flat = piece.reshape(len(piece), -1, 3).transpose(1, 2)
    length = (colour**2).sum(dim=-1, keepdim=True)
    distances: Tensor = torch.baddbmm(length, colour, flat, alpha=-2.0)
    distances = distances.view(*distances.shape[:2], *piece.shape[1:3])
    distances += rows[..., None]
    distances += columns[:, :, None, :]
    return distances


def _axis(length_px: int, centres: Tensor, *, window_px: int) -> Tensor:
    """(B, K, length) squared distance to each centre along one axis; infinite out of its window."""
    import torch

    places = torch.arange(length_px, device=centres.device, dtype=torch.float32)
    first = (centres - window_px).clamp(min=0).trunc()[..., None]
    beyond = (centres + window_px + 1).clamp(max=length_px).trunc()[..., None]
    squared = (places - centres[..., None]) ** 2
    # A centre without pixels is not a number: no comparison with it is true.
    return torch.where((places >= first) & (places < beyond), squared, torch.inf)


def _means(nearest: Tensor, colours: Tensor, centres: Tensor) -> Tensor:
    """(B, K, 5) mean colour, row and column of each superpixel; NaN where it has no pixel."""
    import torch

    n_images, height_px, width_px, _ = colours.shape
    n_seeds = centres.shape[1]
    device = colours.device
    offset = torch.arange(n_images, device=device)[:, None, None] * n_seeds
    index = (nearest + offset).flatten()
    rows = torch.arange(height_px, device=device, dtype=torch.float64)[:, None]
    columns = torch.arange(width_px, device=device, dtype=torch.float64)
    n_bins = n_images * n_seeds
    count = torch.bincount(index, minlength=n_bins)
    sums = [
        torch.bincount(
            index, weights=values.expand(nearest.shape).flatten().double(), minlength=n_bins
        )
        for values in (*colours.unbind(dim=-1), rows, columns)
    ]
    means = torch.stack(sums, dim=-1) / count[:, None]
    return means.float().view(n_images, n_seeds, 5)
