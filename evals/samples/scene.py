"""A part as layers over its ground plan: colour, height, metal, roughness, in board pixels.

Knows nothing of light, cameras or defects.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Floats = NDArray[np.floating[Any]]

SIZE_PX = 768
"""Width and height of a finished picture."""
MARGIN_PX = 24
"""Ground drawn beyond the picture on every side, so that a shifted pose has no empty border."""
SUPERSAMPLING = 2
"""Layer samples per board pixel and axis."""
CANVAS = (SIZE_PX + 2 * MARGIN_PX) * SUPERSAMPLING
VIEW_DISTANCE_PX = 3600.0
"""Lens to board, in board pixels: how far tall parts lean outwards."""


class Material(NamedTuple):
    """What a surface is made of: linear RGB reflectance, metal 0-1, roughness 0-1."""

    rgb: tuple[float, float, float]
    metal: float = 0.0
    rough: float = 0.5


@dataclass(kw_only=True)
class Scene:
    """Layers over the canvas, all (CANVAS, CANVAS) float32; `rgb` has three channels."""

    rgb: Float32
    height: Float32
    """Board pixels above the board's surface; below zero is under it."""
    metal: Float32
    rough: Float32


def empty_scene() -> Scene:
    """A flat black plane."""
    plane = (CANVAS, CANVAS)
    return Scene(
        rgb=np.zeros((*plane, 3), np.float32),
        height=np.zeros(plane, np.float32),
        metal=np.zeros(plane, np.float32),
        rough=np.full(plane, 0.6, np.float32),
    )


@dataclass(kw_only=True)
class Patch:
    """The neighbourhood of one part of a scene, with coordinates in the part's own frame."""

    scene: Scene
    window: tuple[slice, slice]
    x: Float32
    y: Float32
    footprint: Float32
    """Opacity of everything painted through this patch so far, (h, w)."""

    def paint(
        self,
        alpha: Float32,
        material: Material,
        *,
        height: Floats | float | None = None,
    ) -> None:
        """Lay a material over the patch where alpha is above 0; set the height where given."""
        keep = 1.0 - alpha
        rgb = self.scene.rgb[self.window]
        rgb *= keep[..., None]
        rgb += alpha[..., None] * np.asarray(material.rgb, np.float32)
        layers = ((self.scene.metal, material.metal), (self.scene.rough, material.rough))
        for layer, value in layers:
            layer[self.window] = layer[self.window] * keep + alpha * value
        if height is not None:
            self.scene.height[self.window] = self.scene.height[self.window] * keep + alpha * height
        np.maximum(self.footprint, alpha, out=self.footprint)

    def lift(self, amount: Float32) -> None:
        """Add to the height: texture, grooves, bumps."""
        self.scene.height[self.window] += amount

    def tint(self, factor: Float32) -> None:
        """Multiply the colour: grain, printing, dirt."""
        self.scene.rgb[self.window] *= factor[..., None]


def patch_at(
    scene: Scene, centre_xy: tuple[float, float], *, reach_px: float, angle_deg: float = 0.0
) -> Patch:
    """Open the square of half-width reach_px around centre_xy; its x and y turn with the angle."""
    column, row = (int((c + MARGIN_PX) * SUPERSAMPLING) for c in centre_xy)
    reach = int(np.ceil(reach_px * SUPERSAMPLING))
    rows = slice(max(0, row - reach), min(CANVAS, row + reach))
    cols = slice(max(0, column - reach), min(CANVAS, column + reach))
    grid_y, grid_x = np.mgrid[rows, cols].astype(np.float32)
    dx = (grid_x + 0.5) / SUPERSAMPLING - MARGIN_PX - centre_xy[0]
    dy = (grid_y + 0.5) / SUPERSAMPLING - MARGIN_PX - centre_xy[1]
    cos, sin = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
    return Patch(
        scene=scene,
        window=(rows, cols),
        x=(cos * dx + sin * dy).astype(np.float32),
        y=(-sin * dx + cos * dy).astype(np.float32),
        footprint=np.zeros(dx.shape, np.float32),
    )


def coverage(distance: Floats) -> Float32:
    """Opacity of a shape from its signed distance in board pixels, one sample wide edge."""
    return np.asarray(np.clip(0.5 - distance * SUPERSAMPLING, 0.0, 1.0), np.float32)


def disc(patch: Patch, radius: float, *, at: tuple[float, float] = (0.0, 0.0)) -> Float32:
    """Signed distance to a circle, below zero inside."""
    return np.asarray(np.hypot(patch.x - at[0], patch.y - at[1]) - radius, np.float32)


def box(
    patch: Patch,
    size: tuple[float, float],
    *,
    at: tuple[float, float] = (0.0, 0.0),
    corner: float = 0.0,
) -> Float32:
    """Signed distance to a rectangle of the given width and height with round corners."""
    qx = np.abs(patch.x - at[0]) - (size[0] / 2 - corner)
    qy = np.abs(patch.y - at[1]) - (size[1] / 2 - corner)
    outside = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0))
    return np.asarray(outside + np.minimum(np.maximum(qx, qy), 0) - corner, np.float32)


def bevel(distance: Floats, *, width: float, height: float) -> Float32:
    """A plateau of the given height that falls off round towards the edge of the shape."""
    rise = np.clip(-distance / width, 0.0, 1.0)
    return np.asarray(height * np.sqrt(1.0 - (1.0 - rise) ** 2), np.float32)


def lean(centre_xy: tuple[float, float], height: float) -> tuple[float, float]:
    """How far the top of a part at this height is seen away from its foot."""
    factor = height / VIEW_DISTANCE_PX
    return (centre_xy[0] - SIZE_PX / 2) * factor, (centre_xy[1] - SIZE_PX / 2) * factor


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], *, grain: float) -> Float32:
    """Band-limited noise, mean 0, deviation 1, features about `grain` samples wide."""
    from scipy.ndimage import zoom

    coarse = (int(shape[0] / grain) + 3, int(shape[1] / grain) + 3)
    noise = zoom(rng.standard_normal(coarse).astype(np.float32), grain, order=1)
    noise = noise[: shape[0], : shape[1]]
    return np.asarray((noise - noise.mean()) / (noise.std() + 1e-6), np.float32)
