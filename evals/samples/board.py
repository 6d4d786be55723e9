"""The bare control board on its rubber mat. Knows nothing of the parts on it."""

import numpy as np

from evals.samples.artwork import artwork
from evals.samples.scene import (
    CANVAS,
    Material,
    Scene,
    bevel,
    box,
    coverage,
    empty_scene,
    patch_at,
    smooth_noise,
)
from evals.samples.surface import GOLD, PIT

CENTRE = (384.0, 384.0)
BOARD_PX = (684.0, 672.0)


def bare_board(rng: np.random.Generator) -> Scene:
    """The board without parts on its rubber mat."""
    scene = empty_scene()
    _paint_mat(scene, rng)
    art = artwork()
    patch = patch_at(scene, CENTRE, reach_px=CANVAS, angle_deg=0.0)
    edge = box(patch, BOARD_PX, corner=14.0)
    body = coverage(edge)
    weave = np.sin(patch.x * 1.9) * np.sin(patch.y * 1.9)
    mask_height = bevel(edge, width=1.0, height=16.0)
    patch.paint(body, Material((0.004, 0.042, 0.028), 0.0, 0.34), height=mask_height)
    patch.paint(body * art.copper, Material((0.008, 0.080, 0.042), 0.0, 0.32))
    patch.lift((0.45 * art.copper + 0.03 * weave) * body)
    patch.lift(0.05 * smooth_noise(rng, patch.x.shape, grain=24.0) * body)
    patch.tint((1.0 + 0.03 * smooth_noise(rng, patch.x.shape, grain=60.0)).astype(np.float32))
    patch.paint(body * art.bare, GOLD._replace(rgb=(0.74, 0.66, 0.52), rough=0.38))
    patch.paint(body * 0.92 * art.ink, Material((0.66, 0.67, 0.64), 0.0, 0.8))
    patch.paint(body * art.holes, PIT, height=4.0)
    scene.height -= 16.0
    return scene


def _paint_mat(scene: Scene, rng: np.random.Generator) -> None:
    """A dark rubber mat with a fine pebble grain."""
    patch = patch_at(scene, CENTRE, reach_px=CANVAS)
    everywhere = np.ones_like(patch.x)
    patch.paint(everywhere, Material((0.045, 0.050, 0.060), 0.0, 0.72), height=0.0)
    grain = smooth_noise(rng, patch.x.shape, grain=2.6)
    patch.lift(0.16 * grain + 0.35 * smooth_noise(rng, patch.x.shape, grain=70.0))
    patch.tint(np.clip(1.0 + 0.10 * grain, 0.5, 1.5).astype(np.float32))
