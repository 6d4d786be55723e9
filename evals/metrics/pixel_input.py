"""Checking masks and maps, and splitting a map by its mask. Knows nothing of metrics."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tools.arrays import BoolMask

AnyMap = npt.NDArray[Any]
_EXACT_IN_FLOAT32 = ("float32", "float16", "uint8", "int8", "uint16", "int16", "bool")


class SplitMap(NamedTuple):
    """One map's scores by what the mask says of them."""

    normal: AnyMap  # (N,) float32 or float64
    anomalous: AnyMap  # (A,)
    region_of: npt.NDArray[np.int32]  # (A,) from 0
    areas: npt.NDArray[np.int64]  # (R,) pixels of each region


def split_map(gt_mask: npt.ArrayLike, anomaly_map: npt.ArrayLike) -> SplitMap:
    """Scores of normal and of anomalous pixels, the latter with their regions.

    Regions are connected over sides and corners.

    Args:
        gt_mask: (H, W), true or not zero where anomalous; floats must be 0 or 1.
        anomaly_map: (H, W), higher is worse; infinite values are ordered like others.

    Raises:
        ValueError: not two-dimensional, shapes differ, a soft mask, or NaN in the map.
    """
    mask, scores = checked_mask(gt_mask), checked_map(anomaly_map)
    if mask.shape != scores.shape:
        raise ValueError(
            f"a map must have its mask's shape, got map {scores.shape} and mask {mask.shape}; "
            "resample the map"
        )
    if not mask.any():
        none = np.zeros(0, dtype=np.int64)
        # Not a slice of the map: an empty one would keep the whole map alive.
        return SplitMap(scores.ravel(), none.astype(scores.dtype), none.astype(np.int32), none)
    region_of = _regions(mask)
    return SplitMap(scores[~mask], scores[mask], region_of, np.bincount(region_of))


def checked_mask(gt_mask: npt.ArrayLike) -> BoolMask:
    """The mask as (H, W) bool.

    Raises:
        ValueError: not two-dimensional, or floats other than 0 and 1.
    """
    mask = np.asarray(gt_mask)
    if mask.ndim != 2:
        raise ValueError(f"a mask must have shape (H, W), got {mask.shape}")
    if np.issubdtype(mask.dtype, np.floating) and not np.isin(mask, (0, 1)).all():
        raise ValueError("a mask must be 0 or 1, got values between; binarise it")
    return mask.astype(np.bool_, copy=False)


def checked_map(anomaly_map: npt.ArrayLike) -> AnyMap:
    """The map as (H, W) float32 where that loses nothing, else float64.

    Raises:
        ValueError: not two-dimensional, or NaN.
    """
    given = np.asarray(anomaly_map)
    if given.ndim != 2:
        raise ValueError(f"an anomaly map must have shape (H, W), got {given.shape}")
    dtype = np.float32 if given.dtype.name in _EXACT_IN_FLOAT32 else np.float64
    scores = np.asarray(given, dtype=dtype)
    if np.isnan(scores.max(initial=-np.inf)):  # a NaN anywhere makes the maximum NaN
        row, column = np.argwhere(np.isnan(scores))[0]
        raise ValueError(f"the anomaly map has NaN at row {row}, column {column}")
    return scores


def _regions(mask: BoolMask) -> npt.NDArray[np.int32]:
    """The region of each anomalous pixel, from 0, in row-major order."""
    from scipy.ndimage import label

    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    window = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    labels, _ = label(window, structure=np.ones((3, 3), dtype=np.bool_))
    return np.asarray(labels[window] - 1, dtype=np.int32)
