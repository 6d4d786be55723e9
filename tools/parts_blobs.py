"""Pieces that lie on a ground of one colour: outlined and described. Knows no references."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tools.arrays import BoolMask, Float32Array, UInt8Image
from tools.parts_colour import weighted_lab
from tools.parts_template import Box

_CELL = 12.0
"""Side of the cells of weighted Lab in which colours are counted."""
_NEAR_GROUND = 25.0
"""In the weighted Lab; what is nearer to the commonest colour may be ground in other light."""
_MIN_CONTRAST = 12.0
"""In the weighted Lab; below it nothing is told from the ground."""
_NOISE_TIMES = 6.0
_MIN_AREA_PX = 60
_MAX_AREA_SHARE = 0.1
"""Of the picture; what is larger is no piece but a rim or a fixture."""
_SAMPLED = 4

Lab = npt.NDArray[np.float64]


class Blob(NamedTuple):
    """One compact thing on the ground."""

    box_xyxy: Box
    area_px: float
    length_px: float
    """Long axis of the ellipse of the same second moments."""
    width_px: float
    colour_lab: Lab
    """(3,), weighted CIE Lab less the ground's."""
    cut: bool
    """Whether the frame of the picture cuts it."""


class Spread(NamedTuple):
    """What lies on the ground of one picture."""

    blobs: tuple[Blob, ...]
    """From top to bottom, then from left to right."""
    ground_lab: Lab
    """(3,), weighted CIE Lab of the ground in the picture's middle."""


def find_blobs(image_hwc: UInt8Image) -> Spread:
    """Outline what differs from the commonest colour, whose light may vary over the picture.

    The ground's colour is fitted by a quadratic surface in CIE Lab, so that uneven light does not
    count; a pixel belongs to a piece where it differs by six times the ground's own noise.

    Args:
        image_hwc: (H, W, 3) RGB.
    """
    from scipy import ndimage as ndi

    lab = weighted_lab(image_hwc)
    ground = _ground_surface(lab)
    difference = lab - ground
    distance = np.sqrt(np.square(difference).sum(axis=2))
    noise = 1.4826 * float(np.median(np.abs(distance - np.median(distance))))
    inside = distance > max(_MIN_CONTRAST, _NOISE_TIMES * noise)
    inside = ndi.binary_fill_holes(ndi.binary_opening(inside, np.ones((3, 3))))
    labels, _ = ndi.label(inside, np.ones((3, 3)))
    found = []
    for number, window in enumerate(ndi.find_objects(labels), start=1):
        mask = labels[window] == number
        area = int(mask.sum())
        if _MIN_AREA_PX <= area <= _MAX_AREA_SHARE * inside.size:
            found.append(_described(mask, window, difference, shape=inside.shape))
    middle = ground[ground.shape[0] // 2, ground.shape[1] // 2]
    found.sort(key=lambda blob: (blob.box_xyxy[1], blob.box_xyxy[0]))
    return Spread(tuple(found), np.asarray(middle, np.float64))


def _ground_surface(lab: Float32Array) -> Float32Array:
    """(H, W, 3): the ground's colour everywhere, by least squares on what is near to it."""
    sample = lab[::_SAMPLED, ::_SAMPLED].reshape(-1, 3)
    cells, members = np.unique(np.floor(sample / _CELL), axis=0, return_inverse=True)
    fullest = np.bincount(members.ravel(), minlength=len(cells)).argmax()
    commonest = sample[members.ravel() == fullest].mean(axis=0)
    terms = _terms(lab.shape)
    few = terms[::_SAMPLED, ::_SAMPLED].reshape(-1, terms.shape[2])
    surface = np.broadcast_to(commonest, sample.shape)
    for limit in (_NEAR_GROUND, _MIN_CONTRAST):
        near = np.square(sample - surface).sum(axis=1) < limit**2
        solved = np.linalg.lstsq(few[near], sample[near], rcond=None)[0]
        surface = few @ solved
    return np.asarray(terms @ solved, np.float32)


def _terms(shape: tuple[int, ...]) -> Float32Array:
    """(H, W, 6): the terms of a quadratic in x and y."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, n, dtype=np.float32) for n in shape[:2]), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2)


def _described(
    mask: BoolMask,
    window: tuple[slice, slice],
    difference: Float32Array,
    *,
    shape: tuple[int, ...],
) -> Blob:
    rows, columns = np.nonzero(mask)
    # A twelfth is the second moment of a pixel's own square.
    covariance = np.cov(np.stack([columns, rows]), bias=True) + np.eye(2) / 12
    small, large = np.sqrt(np.linalg.eigvalsh(covariance))
    top, left = window[0].start, window[1].start
    bottom, right = window[0].stop, window[1].stop
    colour = np.median(difference[window][mask], axis=0)
    return Blob(
        (float(left), float(top), float(right), float(bottom)),
        float(mask.sum()),
        float(4 * large),
        float(4 * small),
        np.asarray(colour, np.float64),
        cut=bool(top == 0 or left == 0 or bottom == shape[0] or right == shape[1]),
    )
