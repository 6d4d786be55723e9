"""Which reference shows the same place or pose as a picture. Knows nothing of defects or stores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tools.arrays import Float32Array, UInt8Image
from tools.registration import NotRegistered, Registration, register

_GRID = 24
_BORDER_SHARE = 0.04
_BLUR = 1.0
_SPARE = 2
_CLEAR_QUALITY = 0.8


class Place(NamedTuple):
    """A candidate on which the picture could be laid."""

    position: int
    """Its place in the list of candidates."""
    similarity: float
    """Cosine of the descriptors, in [-1, 1]."""
    registration: Registration


def place_descriptor(image_hwc: UInt8Image) -> Float32Array:
    """Describe the coarse layout of a picture, whatever its gain and a small shift.

    The picture's inner part is averaged to a 24 x 24 grid, blurred, its mean removed: a shift of
    one hundredth of the side changes it little, gain and offset not at all.

    Args:
        image_hwc: (H, W, 3) RGB.

    Returns:
        (576,) of unit norm; zero for a picture of one single colour.
    """
    from PIL import Image
    from scipy.ndimage import gaussian_filter

    height, width = image_hwc.shape[:2]
    dy, dx = int(height * _BORDER_SHARE), int(width * _BORDER_SHARE)
    inner = np.ascontiguousarray(image_hwc[dy : height - dy, dx : width - dx])
    small = Image.fromarray(inner).convert("L").resize((_GRID, _GRID), Image.Resampling.BOX)
    grid = gaussian_filter(np.asarray(small, dtype=np.float32), _BLUR)
    flat = (grid - grid.mean()).ravel()
    norm = float(np.linalg.norm(flat))
    return np.asarray(flat / norm if norm > 0 else flat, dtype=np.float32)


def nearest_place(
    image_hwc: UInt8Image,
    descriptors: Sequence[Float32Array] | Float32Array,
    references_hwc: Sequence[UInt8Image],
    *,
    exclude: int | None = None,
) -> Place | None:
    """The reference of the picture's place: nearest by descriptor, confirmed by registration.

    The candidates are tried in the order of their descriptors until one registers clearly;
    otherwise the best registered of the nearest three is taken.

    Args:
        image_hwc: (H, W, 3) RGB.
        descriptors: `place_descriptor` of every reference.
        references_hwc: each (H, W, 3) RGB, in the order of the descriptors.
        exclude: a reference that must not be chosen, or None.

    Returns:
        The place, or None where the picture registers on none of the nearest three.
    """
    places = registered_places(image_hwc, descriptors, references_hwc, exclude=exclude, k=1)
    return places[0] if places else None


def registered_places(
    image_hwc: UInt8Image,
    descriptors: Sequence[Float32Array] | Float32Array,
    references_hwc: Sequence[UInt8Image],
    *,
    exclude: int | None = None,
    k: int = 1,
) -> list[Place]:
    """The references that a picture registers on, best first.

    Candidates are tried in the order of their descriptors until `k` register clearly, but no more
    than `k` + 2 of them.

    Args:
        image_hwc: (H, W, 3) RGB.
        descriptors: `place_descriptor` of every reference.
        references_hwc: each (H, W, 3) RGB, in the order of the descriptors.
        exclude: a reference that must not be chosen, or None.
        k: how many are wanted.

    Returns:
        At most `k`, fewer where fewer register.
    """
    similarities = np.asarray(descriptors) @ place_descriptor(image_hwc)
    order = [int(i) for i in np.argsort(-similarities, kind="stable") if i != exclude]
    places: list[Place] = []
    for position in order[: k + _SPARE]:
        try:
            registration = register(image_hwc, references_hwc[position])
        except NotRegistered:
            continue
        places.append(Place(position, float(similarities[position]), registration))
        if sum(place.registration.quality >= _CLEAR_QUALITY for place in places) >= k:
            break
    return sorted(places, key=lambda place: -place.registration.quality)[:k]
