"""A hand-made patch descriptor that needs no download. Knows no memory and no score."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tools.arrays import UInt8Image
from tools.experts.backbones.contract import InputSize
from tools.experts.backbones.pictures import batch_of, shared_size, size_of_equal_area

if TYPE_CHECKING:
    from torch import Tensor

CELL_PX = 8
N_ORIENTATIONS = 8
N_SCALES = 4
N_TWICE = 3
"""Scales at which the orientation energies are looked at once more."""
_LUMA = (0.299, 0.587, 0.114)
_FLOOR = 0.25
"""Added to the relative luma before the logarithm: the noise of dark pixels is not lifted."""
_COLOUR_FLOOR = 0.1
_LIFT_SHARE = 0.6
"""Share of the picture's usual strength that contrast normalisation adds to every patch's."""
_STRENGTH_WEIGHT = 0.3
_TINY = 1e-4
"""Keeps blank pictures free of divisions by zero."""


class Kernels(NamedTuple):
    """Even and odd Gabor filters, (8, 1, 7, 7) each, of unit absolute sum; the even have mean 0."""

    even: Tensor
    odd: Tensor


def gabor_kernels(*, size: int = 7, wavelength_px: float = 4.0, sigma_px: float = 1.7) -> Kernels:
    """Gabor filters of `N_ORIENTATIONS` orientations over half a turn."""
    import torch

    axis = torch.arange(size, dtype=torch.float32) - size // 2
    rows, columns = torch.meshgrid(axis, axis, indexing="ij")
    window = torch.exp(-(rows**2 + columns**2) / (2 * sigma_px**2))
    even, odd = [], []
    for k in range(N_ORIENTATIONS):
        angle = math.pi * k / N_ORIENTATIONS
        phase = 2 * math.pi * (columns * math.cos(angle) + rows * math.sin(angle)) / wavelength_px
        wave = window * torch.cos(phase)
        wave = wave - window * (wave.sum() / window.sum())
        even.append(wave / wave.abs().sum())
        wave = window * torch.sin(phase)
        odd.append(wave / wave.abs().sum())
    return Kernels(torch.stack(even)[:, None], torch.stack(odd)[:, None])


class EmbeddedPatches:
    """Oriented energies at four scales, twice over, with local contrast, tone and colour.

    A two-layer scattering transform (Bruna and Mallat 2013) built of small Gabor filters on a
    pyramid of the log luma, averaged over cells of 8 px; each scale and layer is split into its
    pattern and its strength.
    """

    name = "embedded"

    def __init__(self, *, side_px: int = 256) -> None:
        """Set up.

        Args:
            side_px: pictures are resized to the area of a square of this side, aspect kept.
        """
        self._side_px = side_px
        parameters = f"{self.name}/3 {side_px} {CELL_PX} {N_ORIENTATIONS} {N_SCALES} {N_TWICE}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]

    def input_size(self, height_px: int, width_px: int) -> InputSize:
        """The picture's aspect, the area of `side_px` squared, multiples of 16."""
        return size_of_equal_area(height_px, width_px, side_px=self._side_px, multiple_px=16)

    def features(self, images_hwc: Sequence[UInt8Image], *, device: str) -> Tensor:
        """(B, H/8, W/8, D) float32; see `Backbone.features`."""
        import torch

        batch = batch_of(images_hwc, shared_size(self, images_hwc)).to(device)
        with torch.inference_mode():
            return describe(batch).permute(0, 2, 3, 1).contiguous()


def describe(batch: Tensor) -> Tensor:
    """(B, 3, H, W) RGB in 0 to 1 to (B, D, H/8, W/8) descriptors."""
    import torch

    grid = (batch.shape[2] // CELL_PX, batch.shape[3] // CELL_PX)
    tone, colour = _tone_and_colour(batch)
    kernels = gabor_kernels()
    kernels = Kernels(kernels.even.to(batch.device), kernels.odd.to(batch.device))
    parts = [_in_cells(blurred(tone, 2.0), grid), _in_cells(blurred(colour, 2.0), grid)]
    flow = tone
    for scale in range(N_SCALES):
        for part in _scale_parts(flow, kernels, twice=scale < N_TWICE):
            parts += pattern_and_strength(_in_cells(part, grid))
        flow = halved(flow)
    return torch.cat(parts, dim=1)


def _tone_and_colour(batch: Tensor) -> tuple[Tensor, Tensor]:
    """Log luma relative to the picture's own, (B, 1, H, W), and two opponent colours."""
    import torch

    luma = (batch * torch.tensor(_LUMA, device=batch.device).view(1, 3, 1, 1)).sum(1, keepdim=True)
    # Relative to the mean, so that exposure and gain drop out before the logarithm's floor.
    tone = torch.log(luma / (luma.mean(dim=(2, 3), keepdim=True) + _TINY) + _FLOOR)
    tone = tone - tone.flatten(1).median(dim=1).values.view(-1, 1, 1, 1)
    red, green, blue = batch[:, 0:1], batch[:, 1:2], batch[:, 2:3]
    return tone, torch.cat([red - green, blue - luma], dim=1) / (luma + _COLOUR_FLOOR)


def pattern_and_strength(part: Tensor) -> list[Tensor]:
    """Tell what a group of channels shows from how strongly it shows it.

    Local contrast normalisation, as in SIFT and HOG, with the picture's median strength as its
    floor: a flat patch does not blow up its noise, and a strong one keeps its pattern alone.

    Args:
        part: (B, C, h, w), not negative.

    Returns:
        (B, C, h, w) of length below 1, and (B, 1, h, w), the log of the strength.
    """
    import torch

    strength = part.norm(dim=1, keepdim=True)
    usual = strength.flatten(1).median(dim=1).values.view(-1, 1, 1, 1)
    lift = _LIFT_SHARE * usual + _TINY
    return [
        part / (strength + lift),
        _STRENGTH_WEIGHT * torch.log((strength + lift) / (usual + lift)),
    ]


def _scale_parts(flow: Tensor, kernels: Kernels, *, twice: bool) -> list[Tensor]:
    """Contrast, oriented energy and, where asked, the energy of the energy's own pattern."""
    import torch

    detail = flow - blurred(flow, 1.5)
    energy = oriented_energy(flow, kernels)
    parts = [torch.cat([detail.clamp_min(0), (-detail).clamp_min(0)], dim=1), energy]
    if twice:
        coarse = halved(energy)
        batch, channels, height, width = coarse.shape
        again = oriented_energy(coarse.reshape(batch * channels, 1, height, width), kernels)
        parts.append(again.reshape(batch, channels * N_ORIENTATIONS, height, width))
    return parts


def oriented_energy(flow: Tensor, kernels: Kernels) -> Tensor:
    """(B, 1, H, W) to (B, 8, H, W), the magnitude of the complex Gabor response."""
    import torch
    from torch.nn import functional

    border = kernels.even.shape[-1] // 2
    padded = functional.pad(flow, (border,) * 4, mode="reflect")
    # Together: a third of the time is the reading of the picture.
    both = functional.conv2d(padded, torch.cat([kernels.even, kernels.odd]))
    even, odd = both.chunk(2, dim=1)
    return torch.sqrt(even * even + odd * odd + 1e-8)


def halved(flow: Tensor) -> Tensor:
    """Half the size, averaged over 4 x 4 pixels."""
    from torch.nn import functional

    return functional.avg_pool2d(functional.pad(flow, (1,) * 4, mode="reflect"), 4, stride=2)


def blurred(flow: Tensor, sigma_px: float) -> Tensor:
    """Gaussian blur, cut at three sigma, edges repeated."""
    import torch
    from torch.nn import functional

    radius = int(3 * sigma_px)
    axis = torch.arange(-radius, radius + 1, device=flow.device, dtype=flow.dtype)
    line = torch.exp(-(axis**2) / (2 * sigma_px**2))
    channels = flow.shape[1]
    line = (line / line.sum()).repeat(channels, 1, 1, 1)
    flow = functional.pad(flow, (radius, radius, 0, 0), mode="replicate")
    flow = functional.conv2d(flow, line, groups=channels)
    flow = functional.pad(flow, (0, 0, radius, radius), mode="replicate")
    return functional.conv2d(flow, line.transpose(2, 3), groups=channels)


def _in_cells(part: Tensor, grid: tuple[int, int]) -> Tensor:
    from torch.nn import functional

    if part.shape[2] >= grid[0]:
        return functional.adaptive_avg_pool2d(part, grid)
    return functional.interpolate(part, size=grid, mode="bilinear")
