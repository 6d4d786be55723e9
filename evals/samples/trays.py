"""Trays of loose screws and washers, drawn where nobody fixed them. Knows no products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from tools.arrays import UInt8Image

Place: TypeAlias = tuple[float, float, float]
"""x and y in pixels, and the turn in degrees."""

SIDE_PX = 320
GAP_PX = 50.0
"""Between the middles of pieces: no two touch."""
RIM_PX = 30.0
_FINER = 2
_TRAY, _STEEL, _THREAD, _BRASS = (50, 80, 130), (205, 205, 200), (165, 165, 162), (200, 160, 60)


def draw_tray(
    screws: Sequence[Place], washers: Sequence[Place] = (), *, seed: int, gain: float = 1.0
) -> UInt8Image:
    """Draw a blue tray in uneven light with steel screws and brass washers.

    Args:
        screws: each a head of 18 px and a shank of 32 x 8 px; the place is the shank's middle,
            more or less.
        washers: rings of 26 px.
        seed: of the noise, 3 grey levels.
        gain: of the light.

    Returns:
        (320, 320, 3) RGB.
    """
    rng = np.random.default_rng(seed)
    ys, xs = (np.mgrid[: SIDE_PX * _FINER, : SIDE_PX * _FINER] + 0.5) / _FINER
    image = np.empty((*xs.shape, 3))
    image[:] = _TRAY
    for x, y, turn in screws:
        angle = np.deg2rad(turn)
        along = (xs - x) * np.cos(angle) + (ys - y) * np.sin(angle)
        across = (ys - y) * np.cos(angle) - (xs - x) * np.sin(angle)
        shank = (along > -14) & (along < 18) & (abs(across) < 4)
        head = (along + 14) ** 2 + across**2 < 81
        image[shank | head] = _STEEL
        image[shank & (np.mod(along, 4) < 1.4)] = _THREAD
    for x, y, _ in washers:
        radius = np.hypot(xs - x, ys - y)
        image[(radius < 13) & (radius > 5)] = _BRASS
    image = image.reshape(SIDE_PX, _FINER, SIDE_PX, _FINER, 3).mean(axis=(1, 3))
    light = 1 + 0.1 * np.linspace(-1, 1, SIDE_PX)[None, :, None]
    noise = rng.normal(0, 3, image.shape)
    return np.asarray(np.clip(gain * image * light + noise, 0, 255), dtype=np.uint8)


def full_tray(n_screws: int, n_washers: int, *, seed: int, gain: float = 1.0) -> UInt8Image:
    """A tray with so many pieces, none touching another; its places follow from the seed."""
    screws = scattered(n_screws, seed=seed)
    washers = scattered(n_washers, seed=seed + 500, avoid=screws)
    return draw_tray(screws, washers, seed=seed, gain=gain)


def scattered(n: int, *, seed: int, avoid: Sequence[Place] = ()) -> list[Place]:
    """Places and turns by chance, apart from each other, from the frame and from others."""
    rng = np.random.default_rng(seed)
    places: list[Place] = []
    while len(places) < n:
        x, y = rng.uniform(RIM_PX, SIDE_PX - RIM_PX, 2)
        if all(np.hypot(x - one[0], y - one[1]) > GAP_PX for one in [*places, *avoid]):
            places.append((float(x), float(y), float(rng.uniform(0, 360))))
    return places


def box_of(place: Place) -> tuple[float, float, float, float]:
    """A box around a piece, whatever its turn."""
    x, y, _ = place
    return x - 22, y - 22, x + 22, y + 22
