"""How a change alters what is there: joins, splits, notches, adds to it. Knows no words of people.

Two-level structure is read from the picture and its registered reference; where the reference
shows one level only around the region, there is no structure to speak of.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from tools.arrays import BoolMask, Float32Array

Relation = Literal["bridge", "gap", "notch", "protrusion", "island", "hole", "whole_part"]
Foreground = Literal["dark", "bright"]

_BLUR_PX = 0.8
_MIN_CONTRAST = 24.0
_REACH_PX = 2
_WINDOW_PX = 8
_MIN_CHANGED_SHARE = 0.25
_MIN_CHANGED_PX = 6
_MIN_NEIGHBOUR_PX = 8


class Structure(NamedTuple):
    """What a region changes in the two-level structure around it."""

    added: bool
    """Foreground was added; False where it was removed."""
    relation: Relation
    dual: Relation
    """What the change would be if the other level were the part."""
    changed: BoolMask
    """(H, W): pixels that changed level inside the region."""


def find_structure(
    luma: Float32Array, reference_luma: Float32Array, mask: BoolMask, *, foreground: Foreground
) -> Structure | None:
    """Compare the levels of picture and reference inside a region.

    Args:
        luma: (H, W), 0 to 255.
        reference_luma: (H, W), in the same frame and lighting.
        mask: (H, W), the region.
        foreground: which level is the part, as opposed to its ground.

    Returns:
        None where the surroundings have one level, or where no pixel changes level.
    """
    from scipy.ndimage import binary_dilation, binary_opening, gaussian_filter

    before = gaussian_filter(reference_luma, _BLUR_PX)
    after = gaussian_filter(luma, _BLUR_PX)
    level = _level_between(np.stack([before, after]))
    if level is None:
        return None
    solid_before, solid_after = before > level, after > level
    if foreground == "dark":
        solid_before, solid_after = ~solid_before, ~solid_after
    inside = binary_dilation(mask, iterations=_REACH_PX)
    gained, lost = (solid_after & ~solid_before & inside, solid_before & ~solid_after & inside)
    changed = gained if gained.sum() >= lost.sum() else lost
    changed = _main_pieces(binary_opening(changed) | _thin(changed))
    if changed.sum() < max(_MIN_CHANGED_PX, _MIN_CHANGED_SHARE * mask.sum()):
        return None
    added = bool((gained & changed).any())
    return Structure(
        added=added,
        relation=_relation(solid_before, changed, added=added),
        dual=_relation(~solid_before, changed, added=not added),
        changed=changed,
    )


def _level_between(planes: Float32Array) -> float | None:
    """Otsu's threshold, or None where the two classes hardly differ."""
    from skimage.filters import threshold_otsu

    if float(np.ptp(planes)) < _MIN_CONTRAST:
        return None
    level = float(threshold_otsu(planes))  # type: ignore[no-untyped-call]
    low, high = planes[planes <= level], planes[planes > level]
    spread = float(np.sqrt((low.var() * low.size + high.var() * high.size) / planes.size))
    distance = float(high.mean() - low.mean())
    return level if distance > max(_MIN_CONTRAST, 3 * spread) else None


def _thin(changed: BoolMask) -> BoolMask:
    """Thin pieces that an opening would lose are kept where they are long."""
    from scipy.ndimage import label

    groups, n = label(changed, structure=np.ones((3, 3)))
    sizes = np.bincount(groups.ravel(), minlength=n + 1)
    sizes[0] = 0
    return np.asarray(sizes[groups] >= 3 * _MIN_CHANGED_PX)


def _main_pieces(changed: BoolMask) -> BoolMask:
    """Pieces that are not far smaller than the largest."""
    from scipy.ndimage import label

    groups, n = label(changed, structure=np.ones((3, 3)))
    if n == 0:
        return changed
    sizes = np.bincount(groups.ravel(), minlength=n + 1)
    sizes[0] = 0
    return np.asarray(sizes[groups] >= max(1, 0.25 * sizes.max()))


def _relation(solid_before: BoolMask, changed: BoolMask, *, added: bool) -> Relation:
    rows, columns = np.nonzero(changed.any(axis=1))[0], np.nonzero(changed.any(axis=0))[0]
    window = (
        slice(max(0, rows[0] - _WINDOW_PX), rows[-1] + 1 + _WINDOW_PX),
        slice(max(0, columns[0] - _WINDOW_PX), columns[-1] + 1 + _WINDOW_PX),
    )
    solid, change = solid_before[window], changed[window]
    n_solid = _touching(solid & ~change, change)
    n_ground = _touching(~solid & ~change, change)
    if added:
        return "bridge" if n_solid >= 2 else "protrusion" if n_solid == 1 else "island"
    if n_solid >= 2:
        return "gap"
    if n_solid == 0:
        return "whole_part"
    return "notch" if n_ground >= 1 else "hole"


def _touching(area: BoolMask, change: BoolMask) -> int:
    """Connected pieces of an area that a change touches, slivers left out."""
    from scipy.ndimage import binary_dilation, label

    groups, n = label(area)
    sizes = np.bincount(groups.ravel(), minlength=n + 1)
    near = np.unique(groups[binary_dilation(change, iterations=_REACH_PX)])
    return int(sum(1 for g in near if g != 0 and sizes[g] >= _MIN_NEIGHBOUR_PX))
