"""Lay a picture on a reference: an affine map near to a rotation, under gain, offset and noise.

Knows nothing of defects, thresholds of defects or products.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask, UInt8Image
from tools.block_means import block_means
from tools.errors import ToolError
from tools.registration_fit import (
    Grey,
    Matrix,
    Pose,
    best_start,
    centre_of,
    covered,
    details,
    refined,
    size_of,
    warp,
)
from tools.shared_answers import SharedAnswers, digest_of_pictures

_COARSE_PX = 128
_FINE_PX = 400
_MAX_SCALE_CHANGE = 0.08
_MIN_OVERLAP = 0.5
MIN_QUALITY = 0.45
"""Correlation of details below which two pictures do not show the same thing."""


MAX_KEPT = 16
"""Answers: what one inspection asks again, and the few that run beside it."""
MAX_KEPT_BYTES = 64 * 2**20


class NotRegistered(ToolError):
    """A picture cannot be laid on a reference; says how near it came."""


class Registration(NamedTuple):
    """How a picture lies on a reference."""

    matrix: Matrix
    """(2, 3): pixel centres (x, y) of the picture to those of the reference."""
    overlap: BoolMask
    """(H, W) of the picture: true where the reference covers it."""
    quality: float
    """Correlation of the details in the overlap, in [-1, 1]."""


def _bytes_of(found: Registration | str) -> int:
    return len(found) if isinstance(found, str) else found.overlap.nbytes + found.matrix.nbytes


_ANSWERS: SharedAnswers[Registration | str] = SharedAnswers(
    max_kept=MAX_KEPT, max_bytes=MAX_KEPT_BYTES, size_of=_bytes_of
)


def register(
    image_hwc: UInt8Image,
    reference_hwc: UInt8Image,
    *,
    max_rotation_deg: float = 8.0,
    min_quality: float = MIN_QUALITY,
) -> Registration:
    """Find the affine map that lays a picture on a reference.

    Rotations in steps of 2 degrees are tried at 128 px by cross-correlation of details (the
    picture less its blur); the best start is refined by Gauss-Newton on grey levels with gain and
    offset as unknowns (Lucas and Kanade 1981; Baker and Matthews 2004), up to 400 px.

    Answers are kept for a while: one inspection lays the same two pictures several times.

    Args:
        image_hwc: (H, W, 3) RGB.
        reference_hwc: (H, W, 3) RGB, its size may differ.
        max_rotation_deg: how far the search turns, either way.
        min_quality: the least correlation of details that counts as registered.

    Returns:
        Read-only arrays, which those who ask for the same pictures share.

    Raises:
        NotRegistered: the pictures do not match well enough, or overlap by less than a half.
    """
    key = digest_of_pictures(image_hwc, reference_hwc, parameters=(max_rotation_deg, min_quality))
    found = _ANSWERS.get(
        key,
        lambda: _registered_or_why_not(
            image_hwc, reference_hwc, max_rotation_deg=max_rotation_deg, min_quality=min_quality
        ),
    )
    if isinstance(found, str):
        raise NotRegistered(found)
    return found


def _registered_or_why_not(
    image_hwc: UInt8Image,
    reference_hwc: UInt8Image,
    *,
    max_rotation_deg: float,
    min_quality: float,
) -> Registration | str:
    """A refusal as its text, so that it can be kept."""
    try:
        found = _register(
            image_hwc, reference_hwc, max_rotation_deg=max_rotation_deg, min_quality=min_quality
        )
    except NotRegistered as refusal:
        return str(refusal)
    found.matrix.flags.writeable = False
    found.overlap.flags.writeable = False
    return found


def _register(
    image_hwc: UInt8Image,
    reference_hwc: UInt8Image,
    *,
    max_rotation_deg: float,
    min_quality: float,
) -> Registration:
    image, reference = grey_levels(image_hwc), grey_levels(reference_hwc)
    coarse, fine = _factor(image, _COARSE_PX), _factor(image, _FINE_PX)
    small, small_reference = block_means(image, coarse), block_means(reference, coarse)
    pose = best_start(small, small_reference, max_rotation_deg=max_rotation_deg)
    pose = refined(small, small_reference, pose)
    if fine < coarse:
        ratio = coarse / fine
        small, small_reference = block_means(image, fine), block_means(reference, fine)
        pose = refined(small, small_reference, pose.scaled(ratio))
    quality = _quality(small, small_reference, pose)
    shape = (small.shape[0] * fine, small.shape[1] * fine)
    matrix = pose.scaled(fine).matrix(centre_of(shape))
    overlap = covered(image.shape, reference.shape, matrix)
    _refuse_poor(pose, quality=quality, overlap=float(overlap.mean()), min_quality=min_quality)
    return Registration(matrix, overlap, quality)


def grey_levels(image_hwc: UInt8Image) -> Grey:
    """Luma of (H, W, 3) RGB as (H, W) float32, 0 to 255 (ITU-R BT.601)."""
    return image_hwc[..., :3].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def _refuse_poor(pose: Pose, *, quality: float, overlap: float, min_quality: float) -> None:
    if quality < min_quality:
        raise NotRegistered(
            f"the picture does not register on the reference: correlation of details "
            f"{quality:.2f} is below {min_quality:.2f}; try another reference, or look without one"
        )
    scales = np.linalg.svd(pose.linear, compute_uv=False)
    if overlap < _MIN_OVERLAP or np.abs(scales - 1).max() > _MAX_SCALE_CHANGE:
        raise NotRegistered(
            f"the picture does not register on the reference: overlap {overlap:.2f}, scales "
            f"{scales[0]:.2f} and {scales[1]:.2f}; try another reference, or look without one"
        )


def _factor(image: Grey, side_px: int) -> int:
    return max(1, round(float(max(size_of(image))) / side_px))


def _quality(image: Grey, reference: Grey, pose: Pose) -> float:
    matrix = pose.matrix(centre_of(image.shape))
    inside = covered(image.shape, reference.shape, matrix, margin_px=1.5)
    if inside.mean() < _MIN_OVERLAP:
        return -1.0
    first = details(image)[inside].astype(np.float64)
    second = warp(details(reference), matrix, shape=size_of(image))[inside].astype(np.float64)
    first, second = first - first.mean(), second - second.mean()
    norm = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / norm) if norm > 0 else -1.0
