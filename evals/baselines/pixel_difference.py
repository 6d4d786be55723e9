"""The plain baseline: pixel difference to the nearest reference after registration.

Knows nothing of features, learning or thresholds fitted to data.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.float32]  # (side, side), 0 to 1

_SEARCH_PX = 64
_REGISTER_PX = 128
_ANGLES_DEG = (0.0, -1.0, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1.0)
_BLUR_PX = 1.0
_TOP_SHARE = 0.005
_REGION_LEVEL = 0.5
_MIN_REGION_PX = 20


class Difference(NamedTuple):
    """What the baseline says of one picture."""

    raw_score: float
    anomaly_map: Grey  # (side, side) in [0, 1], the resized picture's frame
    reference_index: int


class PixelDifference:
    """References resized to a square, ready to be compared with.

    The nearest reference has the least mean absolute difference at 64 px after the best shift.
    It is turned (-1 to 1 degree in quarters) and shifted by cross-correlation at 128 px, its
    mean and spread are matched to the picture's, and the absolute difference is blurred by 1 px.
    The score is the mean of the largest 0.5 % of the pixels. Pixels that the moved reference does
    not cover differ by 0.
    """

    def __init__(self, references_hwc: Sequence[npt.NDArray[np.uint8]], *, side_px: int) -> None:
        """Resize the references.

        Args:
            references_hwc: (H, W, 3) uint8 each, sizes may differ.
            side_px: the square on which differences are taken.

        Raises:
            ValueError: no reference.
        """
        if not references_hwc:
            raise ValueError("references_hwc must hold at least one picture, got none")
        self._side_px = side_px
        self._references = [_grey(image, side_px) for image in references_hwc]
        self._small = [_resized(grey, _SEARCH_PX) for grey in self._references]

    def score(self, image_hwc: npt.NDArray[np.uint8]) -> Difference:
        """Compare one (H, W, 3) uint8 picture with its nearest reference."""
        return self.compare(image_hwc, int(np.argmin(self.distances(image_hwc))))

    def distances(self, image_hwc: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        """(R,) mean absolute difference to each reference at 64 px, after the best shift."""
        small = _resized(_grey(image_hwc, self._side_px), _SEARCH_PX)
        return np.array([_best_shift(small, reference).cost for reference in self._small])

    def compare(self, image_hwc: npt.NDArray[np.uint8], reference_index: int) -> Difference:
        """Compare one (H, W, 3) uint8 picture with the reference of that index."""
        image = _grey(image_hwc, self._side_px)
        anomaly_map = registered_difference_map(image, self._references[reference_index])
        n_top = max(1, round(_TOP_SHARE * anomaly_map.size))
        top = np.partition(anomaly_map.ravel(), -n_top)[-n_top:]
        return Difference(float(top.mean()), anomaly_map, reference_index)


def registered_difference_map(image: Grey, reference: Grey) -> Grey:
    """|image - reference moved onto it|, blurred; both (side, side), 0 to 1."""
    from scipy.ndimage import gaussian_filter, rotate, shift

    small, small_reference = _resized(image, _REGISTER_PX), _resized(reference, _REGISTER_PX)
    turned = [
        rotate(small_reference, angle, reshape=False, order=1, mode="nearest")
        for angle in _ANGLES_DEG
    ]
    angle = _ANGLES_DEG[int(np.argmin([_best_shift(small, t).cost for t in turned]))]
    whole = rotate(reference, angle, reshape=False, order=1, mode="nearest")
    offset = _best_shift(image, whole).offset
    moved = shift(whole, offset, order=1, mode="nearest")
    covered = shift(np.ones_like(reference), offset, order=0, mode="constant", cval=0.0)
    difference = np.abs(image - _with_spread_of(moved, image)) * covered
    return np.asarray(gaussian_filter(np.clip(difference, 0, 1), _BLUR_PX), dtype=np.float32)


def difference_boxes(anomaly_map: Grey) -> list[tuple[int, int, int, int]]:
    """Boxes (xyxy, far corner exclusive) of connected pixels that differ by more than one half.

    Specks below 20 px are left out. Meant for binarised parts, where one half is no choice.
    """
    from scipy.ndimage import find_objects, label

    labels, _ = label(anomaly_map > _REGION_LEVEL, structure=np.ones((3, 3)))
    return [
        (columns.start, rows.start, columns.stop, rows.stop)
        for number, (rows, columns) in enumerate(find_objects(labels), start=1)
        if (labels[rows, columns] == number).sum() >= _MIN_REGION_PX
    ]


class _Shift(NamedTuple):
    offset: tuple[int, int]  # rows, columns
    cost: float


def _best_shift(image: Grey, reference: Grey) -> _Shift:
    """The circular shift of the reference that correlates best, and the difference it leaves."""
    from scipy.fft import irfft2, rfft2

    spectrum = rfft2(image - image.mean()) * np.conj(rfft2(reference - reference.mean()))
    correlation = irfft2(spectrum, s=image.shape)
    peak = np.unravel_index(int(correlation.argmax()), correlation.shape)
    rows, columns = (
        int(p) if p <= n // 2 else int(p) - n for p, n in zip(peak, image.shape, strict=True)
    )
    rolled = np.roll(reference, (rows, columns), axis=(0, 1))
    return _Shift((rows, columns), float(np.abs(image - _with_spread_of(rolled, image)).mean()))


def _with_spread_of(grey: Grey, target: Grey) -> Grey:
    spread = max(float(grey.std()), 1e-6)
    matched = (grey - grey.mean()) * (float(target.std()) / spread) + target.mean()
    return np.asarray(matched, dtype=np.float32)


def _grey(image_hwc: npt.NDArray[np.uint8], side_px: int) -> Grey:
    luma = image_hwc[..., :3].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return _resized(np.asarray(luma / 255, dtype=np.float32), side_px)


def _resized(grey: Grey, side_px: int) -> Grey:
    from PIL import Image

    if grey.shape == (side_px, side_px):
        return grey
    # Pillow's bilinear filter widens with the factor, so shrinking does not alias.
    resized = Image.fromarray(grey).resize((side_px, side_px), Image.Resampling.BILINEAR)
    return np.asarray(resized, dtype=np.float32)
