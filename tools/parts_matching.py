"""Find a small patch near a place by normalised cross-correlation, coarse enough to be quick.

Knows nothing of parts, references or thresholds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tools.arrays import Float32Array, UInt8Image

LEVELS = (1, 2, 4, 8)
_MAX_PATCH_SAMPLES = 28
_MAX_COLOUR_DIFFERENCE = 60.0
"""Grey levels; polished metal mirrors another part of the room at another place."""
SEARCH_SAMPLES = 3
"""How far a patch is looked for, in samples of its level, either way."""

Pyramid = dict[int, Float32Array]
"""Level (pixels for each sample) to (H // level, W // level, 3) float32."""


class Match(NamedTuple):
    """Where a patch fits best."""

    ncc: float
    """Normalised cross-correlation over the three channels, in [-1, 1]."""
    dx_px: float
    dy_px: float
    """From the place asked for to the best fit, to a fraction of a pixel."""
    ncc_in_place: float
    """Correlation at the place asked for."""
    contrast: float
    """Of the picture there over the patch's; correlation alone does not see it."""
    colour: float
    """Greatest difference of a channel's mean from the patch's, grey levels."""

    def likeness(self) -> float:
        """Correlation, less where contrast differs; 0 where the colour does, in [-1, 1]."""
        if self.colour > _MAX_COLOUR_DIFFERENCE or self.contrast <= 0:
            return 0.0
        return self.ncc * float(np.sqrt(min(self.contrast, 1 / self.contrast)))


class Patch(NamedTuple):
    """A part's look: centred samples and where they were cut."""

    level: int
    left: int
    top: int
    """In samples of the level."""
    samples: Float32Array
    """(h, w, 3), each channel's mean removed."""
    mean: Float32Array
    """(3,), the channels' means."""
    contrast: float
    """Root mean square of the samples, grey levels."""


def pyramid(image_hwc: UInt8Image | Float32Array) -> Pyramid:
    """Block means of an (H, W, 3) picture at every level."""
    image = np.pad(image_hwc.astype(np.float32), ((1, 0), (1, 0), (0, 0)), mode="edge")
    # A light blur makes a fraction of a pixel of misplacement cost little.
    corners = image[:-1, :-1] + image[:-1, 1:] + image[1:, :-1] + image[1:, 1:]
    levels: Pyramid = {1: np.asarray(corners / 4, np.float32)}
    for level in LEVELS[1:]:
        finer = levels[level // 2]
        finer = finer[: finer.shape[0] // 2 * 2, : finer.shape[1] // 2 * 2]
        cells = [finer[row::2, col::2] for row in (0, 1) for col in (0, 1)]
        levels[level] = np.asarray((cells[0] + cells[1] + cells[2] + cells[3]) / 4, np.float32)
    return levels


def cut(levels: Pyramid, box_xyxy: tuple[float, float, float, float]) -> Patch:
    """Cut the patch under a box, at the finest level that keeps it small."""
    x1, y1, x2, y2 = box_xyxy
    longest = max(x2 - x1, y2 - y1)
    level = next((n for n in LEVELS if longest / n <= _MAX_PATCH_SAMPLES), LEVELS[-1])
    height, width = levels[level].shape[:2]
    left, top = max(0, round(x1 / level)), max(0, round(y1 / level))
    right, bottom = min(width, round(x2 / level)), min(height, round(y2 / level))
    samples = levels[level][top:bottom, left:right]
    mean = samples.mean(axis=(0, 1))
    centred = samples - mean
    return Patch(level, left, top, centred, mean, float(np.sqrt((centred**2).mean())))


def match(levels: Pyramid, patch: Patch, *, at_px: tuple[float, float] = (0.0, 0.0)) -> Match:
    """Look for a patch around its own place moved by `at_px`.

    Windows that would leave the picture do not count; where none is left, the match is 0.

    Args:
        levels: the picture to look in, in the frame that the patch was cut in.
        patch: what to look for.
        at_px: (x, y) added to the patch's own place.
    """
    plane = levels[patch.level]
    height, width = patch.samples.shape[:2]
    left = patch.left + round(at_px[0] / patch.level)
    top = patch.top + round(at_px[1] / patch.level)
    x1, y1 = max(0, left - SEARCH_SAMPLES), max(0, top - SEARCH_SAMPLES)
    x2 = min(plane.shape[1], left + width + SEARCH_SAMPLES)
    y2 = min(plane.shape[0], top + height + SEARCH_SAMPLES)
    if x2 - x1 < width or y2 - y1 < height:
        return Match(0.0, 0.0, 0.0, ncc_in_place=0.0, contrast=0.0, colour=255.0)
    area = plane[y1:y2, x1:x2]
    scores = _correlations(area, patch.samples)
    row, col = (int(v) for v in np.unravel_index(int(scores.argmax()), scores.shape))
    dx = x1 + col + _vertex(scores[row], col) - patch.left
    dy = y1 + row + _vertex(scores[:, col], row) - patch.top
    seen = area[row : row + height, col : col + width]
    mean = seen.mean(axis=(0, 1))
    return Match(
        float(scores[row, col]),
        dx * patch.level,
        dy * patch.level,
        ncc_in_place=_at(scores, top - y1, left - x1),
        contrast=float(np.sqrt(((seen - mean) ** 2).mean())) / max(patch.contrast, 1e-6),
        colour=float(np.abs(mean - patch.mean).max()),
    )


def _at(scores: Float32Array, row: int, col: int) -> float:
    """A score, or 0 where the window there left the picture."""
    inside = 0 <= row < scores.shape[0] and 0 <= col < scores.shape[1]
    return float(scores[row, col]) if inside else 0.0


def proposals(levels: Pyramid, patch: Patch, *, min_ncc: float) -> list[tuple[float, float]]:
    """Where in the whole picture a patch may fit, as (dx, dy) pixels from its own place.

    Peaks of the correlation of brightness, the best first (Lewis 1995, through scikit-image).
    """
    from skimage import feature

    level = max(patch.level, 2)
    plane = levels[level].mean(axis=2)
    ratio = level // patch.level
    height, width = (n // ratio * ratio for n in patch.samples.shape[:2])
    grey = patch.samples[:height, :width].mean(axis=2)
    grey = grey.reshape(height // ratio, ratio, width // ratio, ratio).mean(axis=(1, 3))
    if min(grey.shape) < 3 or float(grey.std()) == 0:
        return []
    scores = np.asarray(feature.match_template(plane, grey))  # type: ignore[no-untyped-call]
    gap = max(1, min(grey.shape) // 2)
    peaks = feature.peak_local_max(  # type: ignore[no-untyped-call]
        scores, min_distance=gap, threshold_abs=min_ncc, exclude_border=False
    )
    left, top = patch.left * patch.level, patch.top * patch.level
    return [(float(col * level - left), float(row * level - top)) for row, col in peaks]


def _correlations(area: Float32Array, samples: Float32Array) -> Float32Array:
    """NCC of the samples with every window of the area."""
    height, width = samples.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(area, (height, width), axis=(0, 1))
    # The samples' channels have mean 0, so the windows' own means drop out of the cross term.
    cross = np.einsum("rcdhw,hwd->rc", windows, samples)
    centred = (area - area.mean(axis=(0, 1))).astype(np.float64)
    sums = _box_sums(centred, height, width)
    squares = _box_sums(centred**2, height, width)
    spread = (squares - sums**2 / (height * width)).sum(axis=2)
    energy = np.maximum(spread, 1e-6) * float((samples**2).sum())
    return np.asarray(cross / np.sqrt(np.maximum(energy, 1e-6)), np.float32)


def _box_sums(plane: npt.NDArray[np.float64], height: int, width: int) -> npt.NDArray[np.float64]:
    """Sums over every window of an (H, W, 3) plane."""
    table = np.pad(plane.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0), (0, 0)))
    return np.asarray(
        table[height:, width:]
        - table[:-height, width:]
        - table[height:, :-width]
        + table[:-height, :-width]
    )


def _vertex(scores: Float32Array, k: int) -> float:
    """Offset of the parabola's top through three neighbouring scores, in (-0.5, 0.5)."""
    if not 0 < k < len(scores) - 1:
        return 0.0
    before, here, after = (float(s) for s in scores[k - 1 : k + 2])
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else 0.5 * (before - after) / bend
