"""Light on a scene: soft key light with cast shadows, a dome with occlusion, a studio reflected.

Blinn-Phong highlights (Blinn 1977), Schlick's Fresnel term (1994), height-field shadows by
marching towards an area light. Linear light in, linear light out.
"""

from typing import NamedTuple

import numpy as np

from evals.samples.scene import MARGIN_PX, SIZE_PX, SUPERSAMPLING, Float32, Scene
from tools.block_means import block_means


class Lamp(NamedTuple):
    """The key light and the studio around it; directions point from the board to the light."""

    direction: tuple[float, float, float] = (-0.50, -0.58, 0.64)
    key: float = 2.1
    dome: float = 0.50
    warmth: float = 0.0


def shade(scene: Scene, lamp: Lamp) -> Float32:
    """Radiance towards the camera, (CANVAS, CANVAS, 3) float32, linear."""
    normal = surface_normals(scene.height)
    light = np.asarray(lamp.direction, np.float32)
    light /= np.linalg.norm(light)
    lit, open_sky = visibility(scene.height, light)
    view = view_directions()
    facing = np.clip(normal @ light, 0, 1)
    colour = np.asarray([1 + lamp.warmth, 1.0, 1 - lamp.warmth], np.float32)
    irradiance = lamp.key * facing * lit + lamp.dome * open_sky * (0.6 + 0.4 * normal[..., 2])
    diffuse = scene.rgb * (irradiance * (1 - scene.metal))[..., None]
    mirror = reflected(normal, view)
    studio = room(mirror, scene.rough) * (0.35 + 0.65 * open_sky)
    highlight = lamp.key * lit * blinn_phong(normal, view, light, rough=scene.rough)
    cosine = np.clip((normal * view).sum(-1), 0, 1)
    fresnel = 0.04 + 0.5 * (1 - scene.rough) * (1 - cosine) ** 5
    sheen = fresnel * (1 - scene.metal) * (studio * (1.1 - scene.rough) + highlight)
    polished = scene.rgb * (scene.metal * (studio + 0.35 * highlight))[..., None]
    return np.asarray((diffuse + sheen[..., None] + polished) * colour, np.float32)


def surface_normals(height: Float32) -> Float32:
    """Unit normals (H, W, 3) of a height field in board pixels; z points to the camera."""
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(height, 0.8)
    slope_y, slope_x = np.gradient(smooth, 1.0 / SUPERSAMPLING)
    normal = np.stack([-slope_x, -slope_y, np.ones_like(height)], axis=-1)
    return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True), np.float32)


def view_directions() -> Float32:
    """Unit vectors (H, W, 3) from each canvas sample to a lens two picture widths above."""
    axis = np.arange((SIZE_PX + 2 * MARGIN_PX) * SUPERSAMPLING, dtype=np.float32)
    offset = SIZE_PX / 2 + MARGIN_PX - (axis + 0.5) / SUPERSAMPLING
    x, y = np.meshgrid(offset, offset)
    view = np.stack([x, y, np.full_like(x, 2.0 * SIZE_PX)], axis=-1)
    return np.asarray(view / np.linalg.norm(view, axis=-1, keepdims=True), np.float32)


def reflected(normal: Float32, view: Float32) -> Float32:
    """The view direction mirrored at the surface."""
    return np.asarray(2 * (normal * view).sum(-1, keepdims=True) * normal - view, np.float32)


def blinn_phong(normal: Float32, view: Float32, light: Float32, *, rough: Float32) -> Float32:
    """Normalised Blinn-Phong lobe; exponent 4 at roughness 1, about 800 at 0."""
    half = view + light
    half /= np.linalg.norm(half, axis=-1, keepdims=True)
    exponent = 4.0 * np.exp2(7.6 * (1 - rough))
    lobe = np.clip((normal * half).sum(-1), 1e-4, 1) ** exponent
    return np.asarray(lobe * (exponent + 8) / 25.0, np.float32)


def room(direction: Float32, rough: Float32) -> Float32:
    """Brightness of the studio in a direction: a softbox, a strip light, a dim ceiling."""
    soft = 0.06 + 0.7 * rough
    x, y, z = direction[..., 0], direction[..., 1], direction[..., 2]

    def band(value: Float32, low: float, high: float) -> Float32:
        rise = np.clip((value - low) / soft + 0.5, 0, 1) * np.clip(
            (high - value) / soft + 0.5, 0, 1
        )
        return np.asarray(rise, np.float32)

    softbox = band(x, -0.80, -0.05) * band(y, -0.85, 0.02)
    strip = band(x, 0.45, 0.75) * band(y, -0.6, 0.7)
    ceiling = 0.10 + 0.20 * np.clip(z, 0, 1) - 0.16 * x - 0.10 * y
    return np.asarray(np.clip(ceiling, 0.03, None) + 1.9 * softbox + 0.8 * strip, np.float32)


def visibility(height: Float32, light: Float32) -> tuple[Float32, Float32]:
    """Share of the lamp and share of the sky that each sample sees, both (H, W) in 0-1.

    Marched at board resolution: a shadow's edge is softer than a pixel anyway.
    """
    from scipy.ndimage import gaussian_filter, zoom

    coarse = block_means(height, SUPERSAMPLING)
    lit = np.zeros_like(coarse)
    for turn, tilt in ((-0.10, 0.0), (0.10, 0.0), (0.0, -0.10), (0.0, 0.10), (0.0, 0.0)):
        lit += _march(coarse, light, turn=turn, tilt=tilt) / 5.0
    sky = np.ones_like(coarse)
    for sigma, weight in ((3.0, 0.05), (9.0, 0.035), (24.0, 0.018)):
        above = np.clip(gaussian_filter(coarse, sigma) - coarse, 0, None)
        sky *= 1.0 / (1.0 + weight * above)
    lit, sky = gaussian_filter(lit, 0.7), gaussian_filter(sky, 0.7)
    return zoom(lit, SUPERSAMPLING, order=1), zoom(sky, SUPERSAMPLING, order=1)


def _march(height: Float32, light: Float32, *, turn: float, tilt: float) -> Float32:
    """1 where the ray towards the lamp clears everything, falling to 0 over a penumbra."""
    cos, sin = np.cos(turn), np.sin(turn)
    x, y = cos * light[0] - sin * light[1], sin * light[0] + cos * light[1]
    level = np.hypot(x, y)
    climb = (light[2] + tilt) / level
    clear = np.ones_like(height)
    for step in np.concatenate([np.arange(1, 12), np.arange(12, 100, 3)]):
        dx, dy = round(float(x / level * step)), round(float(y / level * step))
        excess = _shifted(height, dx, dy) - height - climb * step
        np.minimum(clear, np.clip(1.0 - (excess + 0.4) / (0.6 + 0.06 * step), 0, 1), out=clear)
    return clear


def _shifted(plane: Float32, dx: int, dy: int) -> Float32:
    """plane[y + dy, x + dx], edges repeated."""
    rows = np.clip(np.arange(plane.shape[0]) + dy, 0, plane.shape[0] - 1)
    cols = np.clip(np.arange(plane.shape[1]) + dx, 0, plane.shape[1] - 1)
    return plane[rows[:, None], cols[None, :]]
