"""How much normal parts differ from one another, place by place.

Knows nothing of scores, thresholds or products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.arrays import Float32Array, Float32Map
from tools.registration_fit import warp

Matrix = NDArray[np.float64]

_STEP = 2
"""The variation is kept at this reduction: it is smooth, and memory matters."""
_REACH_PX = 8
"""What varies at a pixel may do so this far around: the slack of registration and of parts."""
_SOFT_PX = 2.0
ALLOWANCE = 2.0
"""How many times the largest variation seen is forgiven: a few references do not show it all."""
MIN_REFERENCES = 4
"""Fewer show too little of what may vary; then nothing is taken off."""


@dataclass(frozen=True, kw_only=True)
class NormalVariation:
    """What each reference shows beyond the one most like it, in the frame of the first."""

    maps_nhw: Float32Array
    """(N, h, w) at half the resolution, grey levels of 255."""
    to_first: tuple[Matrix, ...]
    """Of each reference, (2, 3): its pixel centres (x, y) to those of the first."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """As plain arrays, for a cache; `from_arrays` reads them back."""
        return {"maps_nhw": self.maps_nhw, "to_first": np.stack(self.to_first)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> NormalVariation:
        """Read what `arrays` gave."""
        return cls(maps_nhw=arrays["maps_nhw"], to_first=tuple(arrays["to_first"]))

    def at(
        self, matrix: Matrix, position: int, *, shape: tuple[int, int], exclude: int | None
    ) -> Float32Map:
        """What is forgiven under a picture, (H, W) in its frame: the variation with an allowance.

        Args:
            matrix: (2, 3), the picture's pixel centres to those of one reference.
            position: which reference.
            shape: (height, width) of the picture.
            exclude: a reference whose own variation must not serve, or None.
        """
        from scipy.ndimage import gaussian_filter, maximum_filter

        kept = [i for i in range(len(self.maps_nhw)) if i != exclude]
        highest = self.maps_nhw[kept].max(axis=0)
        wide = maximum_filter(highest, size=2 * (_REACH_PX // _STEP) + 1)
        wide = gaussian_filter(wide, _SOFT_PX / _STEP)
        path = halved(composed(self.to_first[position], matrix))
        small = warp(wide, path, shape=(-(-shape[0] // _STEP), -(-shape[1] // _STEP)))
        whole = np.repeat(np.repeat(small, _STEP, axis=0), _STEP, axis=1)
        return np.asarray(np.float32(ALLOWANCE) * whole[: shape[0], : shape[1]])


def build_variation(
    maps: Sequence[Float32Map], to_first: Sequence[Matrix], from_first: Sequence[Matrix]
) -> NormalVariation:
    """Carry what each reference shows beyond the one most like it into the frame of the first.

    Args:
        maps: of each reference, (H, W) in its own frame.
        to_first: of each reference, (2, 3): its pixel centres to those of the first.
        from_first: of each reference, (2, 3): the way back.
    """
    shape = reduced(maps[0]).shape
    carried = [
        warp(reduced(one), halved(matrix), shape=(shape[0], shape[1]))
        for one, matrix in zip(maps, from_first, strict=True)
    ]
    return NormalVariation(maps_nhw=np.stack(carried), to_first=tuple(to_first))


def reduced(plane: Float32Map) -> Float32Map:
    """The highest of every 2 x 2 pixels; a last odd row or column stands alone."""
    height, width = plane.shape
    padded = np.pad(plane, ((0, height % _STEP), (0, width % _STEP)), mode="edge")
    blocks = padded.reshape(padded.shape[0] // _STEP, _STEP, padded.shape[1] // _STEP, _STEP)
    return np.asarray(blocks.max(axis=(1, 3)), dtype=np.float32)


def composed(second: Matrix, first: Matrix) -> Matrix:
    """(2, 3): `first`, then `second`."""
    whole = np.vstack([second, [0.0, 0.0, 1.0]]) @ np.vstack([first, [0.0, 0.0, 1.0]])
    return np.asarray(whole[:2], dtype=np.float64)


def halved(matrix: Matrix) -> Matrix:
    """The same map between the pixel centres of planes reduced by 2."""
    # Centre c of a reduced plane lies at 2 c + 0.5 of the full one.
    linear, shift = matrix[:, :2], matrix[:, 2]
    offset = (_STEP - 1) / 2
    moved = (linear @ np.full(2, offset) + shift - offset) / _STEP
    return np.concatenate([linear, moved[:, None]], axis=1)
