"""Dense optical flow between grey pictures, many pairs at once. Knows no video and no score.

Iterative Lucas and Kanade (1981) over a pyramid (Bouguet 2000), for every pixel, in torch:
scikit-image's `optical_flow_ilk` solves the same equations one pair at a time, some ten times
slower; `evals/LOG.md` has both times and how far they differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

RADIUS_PX = 5
"""Of the square around a pixel that is taken to move as one."""
ITERATIONS = 3
COARSEST_PX = 20
"""The pyramid ends where the shorter side would fall below."""
PULL = 1e-5
"""Added to the mean energy of the gradients (grey levels from 0 to 1), about that of noise of one
level in 255: where there is no texture but noise, the flow is drawn to nothing."""


def optical_flow(before_bhw: Tensor, after_bhw: Tensor) -> Tensor:
    """Where each pixel goes.

    Args:
        before_bhw: (B, H, W) float32, grey levels from 0 to 1.
        after_bhw: as `before_bhw`.

    Returns:
        (B, 2, H, W) float32, pixels to the right and down.
    """
    import torch

    before, after = _pyramid(before_bhw[:, None]), _pyramid(after_bhw[:, None])
    flow = torch.zeros_like(before[-1]).expand(-1, 2, -1, -1)
    for fine_before, fine_after in zip(reversed(before), reversed(after), strict=True):
        flow = _refined(fine_before, fine_after, _enlarged(flow, fine_before))
    return flow


def _pyramid(image: Tensor) -> list[Tensor]:
    """The picture and each half of it, blurred, largest first."""
    from torch.nn import functional

    levels = [image]
    while min(levels[-1].shape[2:]) // 2 >= COARSEST_PX:
        levels.append(_blurred(functional.avg_pool2d(levels[-1], 2)))
    return levels


def _blurred(image: Tensor) -> Tensor:
    """3 x 3 binomial."""
    import torch
    from torch.nn import functional

    line = torch.tensor([0.25, 0.5, 0.25], device=image.device)
    padded = functional.pad(image, (1, 1, 1, 1), mode="replicate")
    return functional.conv2d(padded, (line[:, None] * line[None, :])[None, None])


def _enlarged(flow: Tensor, like: Tensor) -> Tensor:
    from torch.nn import functional

    height, width = like.shape[2:]
    if flow.shape[2:] == like.shape[2:]:
        return flow
    factors = flow.new_tensor([width / flow.shape[3], height / flow.shape[2]]).view(1, 2, 1, 1)
    return functional.interpolate(flow, size=(height, width), mode="bilinear") * factors


def _refined(before: Tensor, after: Tensor, flow: Tensor) -> Tensor:
    """Solve a few times for the one motion of each square that explains its difference.

    What neighbours were found to move by is part of the equation: without it, each pixel would
    explain what its neighbours' other motions left over.
    """
    import torch

    for _ in range(ITERATIONS):
        moved = _moved(after, flow)
        # Of the picture that was moved: what left the frame has no gradient there and no vote.
        gradient_x, gradient_y = _gradients(moved)
        to_explain = before - moved + gradient_x * flow[:, :1] + gradient_y * flow[:, 1:]
        xx, yy = _around(gradient_x**2) + PULL, _around(gradient_y**2) + PULL
        xy = _around(gradient_x * gradient_y)
        x, y = _around(gradient_x * to_explain), _around(gradient_y * to_explain)
        steps = [yy * x - xy * y, xx * y - xy * x]
        flow = torch.cat(steps, dim=1) / (xx * yy - xy * xy)
    return flow


def _gradients(image: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences, along x and y."""
    from torch.nn import functional

    padded = functional.pad(image, (1, 1, 1, 1), mode="replicate")
    return (
        (padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]) / 2,
        (padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]) / 2,
    )


def _around(values: Tensor) -> Tensor:
    """Mean over the square around each pixel, edges repeated, by sums from the corner."""
    from torch.nn import functional

    side, before, behind = 2 * RADIUS_PX + 1, RADIUS_PX + 1, RADIUS_PX
    padded = functional.pad(values, (before, behind, before, behind), mode="replicate")
    sums = padded.cumsum(2).cumsum(3)
    upper, lower = sums[:, :, :-side], sums[:, :, side:]
    inside = lower[..., side:] - lower[..., :-side] - upper[..., side:] + upper[..., :-side]
    return inside / side**2


def _moved(image: Tensor, flow: Tensor) -> Tensor:
    """The picture as seen where the flow leads, bilinear, edges repeated."""
    import torch
    from torch.nn import functional

    height, width = image.shape[2:]
    rows = torch.arange(height, device=image.device, dtype=image.dtype)
    columns = torch.arange(width, device=image.device, dtype=image.dtype)
    x = (2 * (columns + flow[:, 0]) + 1) / width - 1
    y = (2 * (rows[:, None] + flow[:, 1]) + 1) / height - 1
    grid = torch.stack([x, y], dim=3)
    return functional.grid_sample(
        image, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
