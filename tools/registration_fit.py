"""The search and the least squares behind registration. Knows nothing of quality or refusal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tools.arrays import BoolMask, Float32Array

Matrix = npt.NDArray[np.float64]
Grey = Float32Array  # (H, W), 0 to 255

_ANGLE_STEP_DEG = 2.0
_MAX_ITERATIONS = 12
_SETTLED_PX = 0.01
_HIGHPASS_SHARE = 1 / 16
_STRETCH_PRIOR = 0.005
"""Standard deviation expected of scale and shear: a nearly empty picture must not invent one."""
_CORRELATED_PX = 50
"""Neighbouring residuals speak of the same edge; so many count as one observation."""
_STRETCH = np.array([[1, 0, 0, 0], [0, 0.5, 0.5, 0], [0, 0.5, 0.5, 0], [0, 0, 0, 1.0]])
"""Picks scale and shear, but not rotation, out of a linear part given row by row."""
_GAIN_LIMITS = (0.2, 5.0)


class Pose(NamedTuple):
    """An affine map about the picture's centre, in units of level pixels."""

    linear: Matrix
    """(2, 2), near to a rotation."""
    shift_xy: Matrix
    """(2,)"""

    def matrix(self, centre_xy: Matrix) -> Matrix:
        return np.column_stack([self.linear, centre_xy + self.shift_xy - self.linear @ centre_xy])

    def scaled(self, factor: float) -> Pose:
        return Pose(self.linear, self.shift_xy * factor)


class Spectrum(NamedTuple):
    """A picture as cross-correlations of it take it."""

    conjugate: npt.NDArray[np.complex64]
    padded: list[int]
    """Height and width that it was padded to."""
    shape: tuple[int, int]
    """H and W of the picture."""


def centre_of(shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """(2,): x and y of the middle of a picture of this (H, W), as pixel centres count."""
    return np.array([(shape[1] - 1) / 2, (shape[0] - 1) / 2])


def details(image: Grey) -> Grey:
    """The picture less its blur: lighting goes, structure stays."""
    from scipy.ndimage import uniform_filter

    size = max(3, round(max(image.shape) * 2 * _HIGHPASS_SHARE))
    return np.asarray(image - uniform_filter(image, size, mode="nearest"), dtype=np.float32)


def best_start(image: Grey, reference: Grey, *, max_rotation_deg: float) -> Pose:
    """The turn and shift with the highest cross-correlation of details."""
    from scipy.fft import next_fast_len, rfft2

    fine, reference_fine = details(image), details(reference)
    padded = [next_fast_len(n + n // 2, real=True) for n in fine.shape]
    seen = Spectrum(np.conj(rfft2(fine, s=padded)), padded, size_of(fine))
    n_steps = int(np.ceil(max_rotation_deg / _ANGLE_STEP_DEG))
    angles = np.deg2rad(np.arange(-n_steps, n_steps + 1) * _ANGLE_STEP_DEG)
    # The unturned start comes first, so that it wins a tie.
    starts = [_best_shift(seen, reference_fine, float(angle)) for angle in sorted(angles, key=abs)]
    return max(starts, key=lambda start: start[1])[0]


def _best_shift(seen: Spectrum, reference: Grey, angle: float) -> tuple[Pose, float]:
    """The shift of the turned reference with the highest cross-correlation, and its height."""
    from scipy.fft import irfft2, rfft2

    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]])
    turn = Pose(linear, np.zeros(2)).matrix(centre_of(seen.shape))
    turned = warp(reference, turn, shape=seen.shape)
    padded = seen.padded
    heights = irfft2(seen.conjugate * rfft2(turned, s=padded), s=padded)
    peak = np.unravel_index(int(heights.argmax()), heights.shape)
    dy, dx = (int(p) if p <= n // 2 else int(p) - n for p, n in zip(peak, padded, strict=True))
    # The shift was found after the turn; the pose applies it in the reference's own frame.
    return Pose(linear, linear @ np.array([dx, dy], dtype=np.float64)), float(heights[peak])


def refined(image: Grey, reference: Grey, pose: Pose) -> Pose:
    """Gauss-Newton on image = gain * reference(pose) + offset."""
    reach = max(image.shape) / 2
    start = pose.linear
    for _ in range(_MAX_ITERATIONS):
        step = _step(image, reference, pose, start=start)
        change = start @ step[:4].reshape(2, 2) / reach
        pose = Pose(pose.linear + change, pose.shift_xy + step[4:])
        if np.abs(step).max() < _SETTLED_PX:
            break
    return pose


def _step(image: Grey, reference: Grey, pose: Pose, *, start: Matrix) -> Matrix:
    """The change that regularised least squares ask for, in level pixels.

    Returns:
        (6,): of the linear part before the starting turn, times reach, and of the shift.
    """
    matrix = pose.matrix(centre_of(image.shape))
    inside = covered(image.shape, reference.shape, matrix, margin_px=1.5)
    columns = _columns(warp(reference, matrix, shape=size_of(image)), inside)
    target = np.where(inside, image, np.float32(0)).ravel()
    gain, offset = _gain_offset(columns[6], target, columns[7])
    residual = target - gain * columns[6] - offset * columns[7]
    turned = _turned(pose, start=start, gain=gain)
    # No robust weights: on pictures of two levels a misplaced edge looks like an outlier, and
    # cutting it off stops the search short (measured: 0.02 px without, up to 2 px with).
    normal = turned.T @ (columns @ columns.T).astype(np.float64) @ turned + np.eye(8) * 1e-3
    wanted = turned.T @ (columns @ residual).astype(np.float64)
    reach = max(image.shape) / 2
    stretch = (np.linalg.inv(start) @ pose.linear - np.eye(2)).ravel() * reach
    variance = float(residual @ residual) / max(float(columns[7].sum()), 1.0)
    weight = variance * _CORRELATED_PX / (_STRETCH_PRIOR * reach) ** 2
    normal[:4, :4] += weight * _STRETCH
    wanted[:4] -= weight * _STRETCH @ stretch
    return np.asarray(np.linalg.solve(normal, wanted)[:6])


def _columns(moved: Grey, inside: BoolMask) -> Float32Array:
    """(8, H * W) what the unknowns are told by, zero where the reference does not cover.

    Slopes of the moved reference to the right and down, each times x, times y and as it is; the
    moved reference; and ones. In the picture's own frame: `_turned` makes them those of the pose.
    """
    xs, ys = _grid(moved.shape, reach=max(moved.shape) / 2)
    columns = np.empty((8, *moved.shape), dtype=np.float32)
    within = inside.astype(np.float32)
    down, right = np.gradient(moved)
    np.multiply(right, within, out=columns[4])
    np.multiply(down, within, out=columns[5])
    for slope, first in ((columns[4], 0), (columns[5], 2)):
        np.multiply(slope, xs, out=columns[first])
        np.multiply(slope, ys, out=columns[first + 1])
    np.multiply(moved, within, out=columns[6])
    columns[7] = within
    return columns.reshape(8, -1)


def _turned(pose: Pose, *, start: Matrix, gain: float) -> Matrix:
    """(8, 8): the columns of the least squares, each as a sum of those of `_columns`."""
    # Gradients in the picture's frame are turned into the reference's, and into the start's.
    to_reference = np.linalg.inv(pose.linear).T
    to_start = start.T @ to_reference
    turned = np.eye(8)
    turned[:4, :4] = gain * np.kron(to_start, np.eye(2)).T
    turned[4:6, 4:6] = gain * to_reference.T
    return turned


def _grid(shape: tuple[int, ...], *, reach: float) -> tuple[Grey, Grey]:
    """The x and y of every pixel from the centre, in units of reach; (1, W) and (H, 1)."""
    centre = centre_of(shape)
    xs = (np.arange(shape[1]) - centre[0]) / reach
    ys = (np.arange(shape[0]) - centre[1]) / reach
    return xs.astype(np.float32)[None, :], ys.astype(np.float32)[:, None]


def size_of(image: Grey) -> tuple[int, int]:
    """H and W."""
    return image.shape[0], image.shape[1]


def _gain_offset(
    moved: Float32Array, target: Float32Array, within: Float32Array
) -> tuple[float, float]:
    """What lays one on the other; (N,) that are zero where `within`, which is 0 or 1, is."""
    n = max(float(within.sum()), 1.0)
    mean, target_mean = float(moved.sum()) / n, float(target.sum()) / n
    centred = moved - np.float32(mean) * within
    spread = float(centred @ centred) / n
    if spread == 0:
        return 1.0, target_mean - mean
    gain = float(centred @ target) / n / spread
    gain = min(max(gain, _GAIN_LIMITS[0]), _GAIN_LIMITS[1])
    return gain, target_mean - gain * mean


def warp(plane: Grey, matrix: Matrix, *, shape: tuple[int, int]) -> Grey:
    """Fetch a plane of the reference into the picture's frame, bilinear.

    Args:
        plane: (H, W) of the reference, float32.
        matrix: (2, 3), picture to reference, pixel centres.
        shape: (H, W) of the picture.

    Returns:
        (H, W) of the picture; 0 where the reference does not cover.
    """
    from PIL import Image

    # Pillow counts from the pixel's corner; it takes 40 % of the time of scipy's transform.
    corner = matrix[:, 2] + 0.5 - matrix[:, :2] @ np.array([0.5, 0.5])
    moved = Image.fromarray(plane).transform(
        (shape[1], shape[0]),
        Image.Transform.AFFINE,
        data=tuple(np.column_stack([matrix[:, :2], corner]).ravel().tolist()),
        resample=Image.Resampling.BILINEAR,
    )
    return np.asarray(moved)


def covered(
    shape: tuple[int, ...],
    reference_shape: tuple[int, ...],
    matrix: Matrix,
    *,
    margin_px: float = 0.0,
) -> BoolMask:
    """(H, W) of the picture: where the reference lies under it, less a margin inside its border."""
    ys = np.arange(shape[0], dtype=np.float32)[:, None]
    xs = np.arange(shape[1], dtype=np.float32)[None, :]
    rx = np.float32(matrix[0, 0]) * xs + np.float32(matrix[0, 1]) * ys + np.float32(matrix[0, 2])
    ry = np.float32(matrix[1, 0]) * xs + np.float32(matrix[1, 1]) * ys + np.float32(matrix[1, 2])
    height, width = reference_shape
    low = margin_px - 0.5
    return np.asarray(
        (rx >= low) & (rx <= width - 1 - low) & (ry >= low) & (ry <= height - 1 - low)
    )
