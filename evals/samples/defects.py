"""Planted defects, each with the exact area that it covers.

A surface defect paints over a finished scene; a logical one changes the list of parts.
Knows nothing of pictures: areas are canvas layers.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from evals.samples.layout import SPARE_PADS
from evals.samples.scene import (
    Float32,
    Material,
    Patch,
    Scene,
    box,
    coverage,
    disc,
    patch_at,
    smooth_noise,
)
from evals.samples.surface import TIN, Placed

COPPER = Material((0.62, 0.33, 0.20), 1.0, 0.35)
FLUX = Material((0.13, 0.065, 0.018), 0.0, 0.25)
FRACTURE = Material((0.16, 0.155, 0.15), 0.0, 0.85)

OPEN_FLOOR = (
    (410.0, 176.0),
    (128.0, 620.0),
    (520.0, 632.0),
    (250.0, 480.0),
    (470.0, 440.0),
    (640.0, 200.0),
    (644.0, 560.0),
    (384.0, 520.0),
    (250.0, 300.0),
)
"""Places of bare board, away from tall parts, where a surface defect can be seen."""


class Planted(NamedTuple):
    """A defect in a scene: what it is called and where it is."""

    name: str
    patch: Patch


def scratch(scene: Scene, rng: np.random.Generator) -> Planted:
    """A tool mark through the solder mask down to the copper, with hairlines beside it."""
    patch = patch_at(scene, _spot(rng), reach_px=60.0, angle_deg=float(rng.uniform(0, 180)))
    length = float(rng.uniform(34.0, 55.0))
    bow = float(rng.uniform(-0.004, 0.004))
    across = patch.y - bow * patch.x**2
    along = np.abs(patch.x) / length
    width = 1.5 * np.sqrt(np.clip(1.0 - along**2, 0, 1))
    ragged = 0.35 * smooth_noise(rng, patch.x.shape, grain=4.0)
    inside = along < 1.0
    groove = coverage(np.abs(across) - width + ragged * width) * inside
    patch.paint(groove, COPPER._replace(rough=0.45))
    patch.lift(-0.9 * groove)
    for offset in (-5.0, 4.0):
        start, end = np.sort(rng.uniform(-0.9, 0.9, 2)) * length
        hairline = coverage(np.abs(across - offset) - 0.45) * (patch.x > start) * (patch.x < end)
        patch.paint(0.6 * hairline, Material((0.10, 0.17, 0.12), 0.0, 0.8))
    return Planted("scratch", patch)


def stain(scene: Scene, rng: np.random.Generator) -> Planted:
    """Dried flux: brown, glossy, darker at its rim."""
    patch = patch_at(scene, _spot(rng), reach_px=52.0)
    edge = disc(patch, float(rng.uniform(20.0, 28.0)))
    edge = edge + 5.0 * smooth_noise(rng, patch.x.shape, grain=34.0)
    inside = np.clip(0.5 - edge / 3.0, 0, 1)
    rim = np.exp(-((edge + 3.0) ** 2) / 8.0)
    film = inside * (0.55 + 0.35 * rim)
    patch.paint(film.astype(np.float32), FLUX)
    patch.lift((0.5 * inside + 0.5 * rim * inside).astype(np.float32))
    patch.footprint[:] = inside
    return Planted("stain", patch)


def solder_splash(scene: Scene, rng: np.random.Generator) -> Planted:
    """A frozen splash of solder with a few balls around it."""
    patch = patch_at(scene, _spot(rng), reach_px=44.0)
    blobs = [(0.0, 0.0, float(rng.uniform(8.0, 11.0)))]
    for angle in rng.uniform(0, 2 * np.pi, 5):
        away = float(rng.uniform(10.0, 30.0))
        blobs.append((away * np.cos(angle), away * np.sin(angle), float(rng.uniform(1.8, 4.5))))
    wobble = 1.2 * smooth_noise(rng, patch.x.shape, grain=14.0)
    for x, y, radius in blobs:
        ball = disc(patch, radius, at=(x, y)) + wobble * radius / 8.0
        dome = np.sqrt(np.clip(radius**2 - (ball + radius).clip(0) ** 2, 0, None))
        ground = patch.scene.height[patch.window]
        patch.paint(coverage(ball), TIN._replace(rough=0.2), height=ground + 0.7 * dome)
    return Planted("solder_splash", patch)


def cracked_chip(scene: Scene, rng: np.random.Generator, *, chip: Placed) -> Planted:
    """A corner broken out of a moulded package, and the crack that runs from it."""
    patch = patch_at(scene, (chip.x, chip.y), reach_px=80.0, angle_deg=chip.angle_deg)
    half = 65.0 if chip.kind == "chip" else 21.0
    sign = (1 if rng.random() < 0.5 else -1, 1)
    corner = ((65.0 if chip.kind == "chip" else 51.0) * sign[0], half * sign[1])
    jag = 2.2 * smooth_noise(rng, patch.x.shape, grain=7.0)
    into = -(patch.x - corner[0]) * sign[0] - (patch.y - corner[1]) * sign[1]
    body = box(patch, (2 * abs(corner[0]), 2 * half), corner=2.0)
    broken = coverage(np.maximum(into - 17.0 + jag, body))
    grain = 0.7 * smooth_noise(rng, patch.x.shape, grain=3.0)
    patch.paint(broken, FRACTURE, height=(2.0 + 0.5 * into + grain).astype(np.float32))
    reach = float(rng.uniform(34.0, 48.0))
    along = -(patch.x - corner[0]) * sign[0]
    path = -(patch.y - corner[1]) * sign[1] - 0.7 * along + 0.7 * jag
    line = coverage(np.abs(path) - 1.3 * (1.2 - along / reach)) * (along < reach) * (along > 6.0)
    line = line * coverage(body)
    patch.paint(line, Material((0.12, 0.12, 0.118), 0.0, 0.9))
    patch.lift(-1.6 * line)
    return Planted("cracked_chip", patch)


def _spot(rng: np.random.Generator) -> tuple[float, float]:
    x, y = OPEN_FLOOR[int(rng.integers(len(OPEN_FLOOR)))]
    return x + float(rng.uniform(-8, 8)), y + float(rng.uniform(-8, 8))


def leave_out(parts: list[Placed], rng: np.random.Generator, *, kind: str) -> Placed:
    """Choose the part that will be missing; it is still drawn elsewhere for its outline."""
    choices = [part for part in parts if part.kind == kind]
    return choices[int(rng.integers(len(choices)))]


def spare_part(rng: np.random.Generator) -> Placed:
    """A resistor where this variant has none."""
    x, y = SPARE_PADS[int(rng.integers(len(SPARE_PADS)))]
    return Placed("resistor_extra", "resistor", x, y, text="103")


def area(scene_shape: tuple[int, int], patch: Patch) -> Float32:
    """A patch's footprint as a whole canvas layer."""
    layer = np.zeros(scene_shape, np.float32)
    layer[patch.window] = patch.footprint
    return layer


SURFACE: dict[str, Callable[[Scene, np.random.Generator], Planted]] = {
    "scratch": scratch,
    "stain": stain,
    "solder_splash": solder_splash,
}
"""Defects painted over the finished board."""

MISSING: dict[str, str] = {
    "missing_screw": "screw",
    "missing_capacitor": "capacitor",
    "wrong_count_pins": "pin",
}
"""Defects that leave out one part of a kind."""

DEFECTS = (*SURFACE, "cracked_chip", *MISSING, "wrong_count_resistors")
"""Every defect that can be planted."""
