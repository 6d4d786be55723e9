"""How each kind of part on the board is drawn. Knows nothing of where parts sit or of defects."""

from collections.abc import Callable

import numpy as np

from evals.samples.scene import (
    Material,
    Patch,
    Scene,
    bevel,
    box,
    coverage,
    disc,
    lean,
    patch_at,
    smooth_noise,
)
from evals.samples.surface import (
    ALUMINIUM,
    BLUE,
    CERAMIC,
    EPOXY,
    GOLD,
    INK,
    LASER,
    PAPER,
    PIT,
    RESIN,
    STEEL,
    TIN,
    Placed,
    printed,
)


def draw(scene: Scene, part: Placed, rng: np.random.Generator) -> Patch:
    """Draw one part; the patch's footprint is the part's outline."""
    reach, paint = KINDS[part.kind]
    patch = patch_at(scene, (part.x, part.y), reach_px=reach, angle_deg=part.angle_deg)
    paint(patch, part, rng)
    return patch


def paint_screw(patch: Patch, part: Placed, rng: np.random.Generator) -> None:
    """A zinc-plated pan head screw with a cross recess on a plain washer."""
    washer = disc(patch, 32.0)
    patch.paint(coverage(washer), STEEL, height=bevel(washer, width=2.0, height=4.0))
    head = disc(patch, 25.0)
    radius = np.hypot(patch.x, patch.y)
    dome = 8.0 + 8.0 * np.sqrt(np.clip(1.0 - (radius / 29.0) ** 2, 0, 1))
    dome = np.where(head > -2.0, dome - 1.5 * (head + 2.0), dome)
    patch.paint(coverage(head), STEEL, height=dome.astype(np.float32))
    turning = np.interp(radius, np.linspace(0, 40, 160), rng.standard_normal(160))
    patch.lift((0.05 * turning * (washer < 0)).astype(np.float32))
    arms = np.minimum(box(patch, (27.0, 5.6), corner=1.2), box(patch, (5.6, 27.0), corner=1.2))
    recess = np.minimum(arms, disc(patch, 6.2))
    floor = 10.5 + 0.22 * radius
    inside = coverage(recess)
    patch.paint(
        inside, STEEL._replace(rgb=(0.30, 0.29, 0.28), rough=0.5), height=floor.astype(np.float32)
    )


def paint_chip(patch: Patch, part: Placed, rng: np.random.Generator) -> None:
    """A quad flat package: gull-wing leads on four sides."""
    for k in range(14):
        along = (k - 6.5) * 8.4
        for side in (-1, 1):
            _lead(patch, (along, side * 72.0), size=(4.2, 18.0), outward_y=True)
            _lead(patch, (side * 72.0, along), size=(18.0, 4.2), outward_y=False)
    _moulded(patch, (130.0, 130.0), height=13.0, rng=rng)
    _dimple(patch, (-50.0, -50.0), 6.5)
    _legend(patch, part.text, cap_px=11.0)


def paint_soic(patch: Patch, part: Placed, rng: np.random.Generator) -> None:
    """A small-outline package: eight leads on each long side."""
    for k in range(8):
        for side in (-1, 1):
            _lead(patch, ((k - 3.5) * 12.7, side * 26.0), size=(4.6, 14.0), outward_y=True)
    _moulded(patch, (102.0, 42.0), height=14.0, rng=rng)
    _dimple(patch, (-42.0, 12.0), 4.0)
    _legend(patch, part.text, cap_px=9.0)


def paint_capacitor(patch: Patch, part: Placed, rng: np.random.Generator) -> None:
    """A surface-mount electrolytic can on its moulded base."""
    base = np.maximum(box(patch, (66.0, 66.0), corner=2.0), np.abs(patch.x + patch.y) - 56.0)
    patch.paint(coverage(base), EPOXY, height=bevel(base, width=3.0, height=8.0))
    for side in (-1, 1):
        _lead(patch, (side * 35.0, 0.0), size=(12.0, 9.0), outward_y=False)
    for level in np.linspace(10.0, 62.0, 9):
        shift = lean((part.x, part.y), level)
        ring = disc(patch, 30.5, at=shift)
        rim = level - 0.12 * np.clip(ring + 5.0, 0, None) ** 2
        patch.paint(coverage(ring), ALUMINIUM, height=rim.astype(np.float32))
    shift = lean((part.x, part.y), 62.0)
    can = disc(patch, 30.5, at=shift)
    brush = smooth_noise(rng, patch.x.shape, grain=3.0)
    patch.lift(0.03 * brush * (can < 0))
    y = patch.y - shift[1]
    segment = np.maximum(can + 3.5, y + 10.0)
    patch.paint(coverage(segment), INK._replace(rgb=(0.012, 0.014, 0.03)))
    for row, line in enumerate(part.text.split()):
        legend = printed(patch, line, cap_px=14.0, at=(shift[0], shift[1] + 2.0 + 15.0 * row))
        patch.paint(0.95 * legend, INK)


def paint_resistor(patch: Patch, part: Placed, rng: np.random.Generator) -> None:
    """A chip resistor: black glass between tinned ends, with its code."""
    body = box(patch, (31.0, 15.5), corner=1.0)
    patch.paint(coverage(body), TIN, height=bevel(body, width=1.5, height=6.0))
    glass = box(patch, (21.0, 15.5), corner=0.5)
    patch.paint(
        coverage(glass), EPOXY._replace(rough=0.35), height=bevel(body, width=1.0, height=6.4)
    )
    patch.paint(0.9 * printed(patch, part.text, cap_px=8.5), PAPER)
    _fillets(patch)


def paint_ceramic(patch: Patch, part: Placed, rng: np.random.Generator) -> None:
    """A multilayer ceramic capacitor: brown body between tinned ends."""
    body = box(patch, (31.0, 16.0), corner=2.0)
    patch.paint(coverage(body), TIN, height=bevel(body, width=3.0, height=10.0))
    middle = box(patch, (19.0, 16.0), corner=0.5)
    shade = float(rng.uniform(0.9, 1.1))
    rgb = (CERAMIC.rgb[0] * shade, CERAMIC.rgb[1] * shade, CERAMIC.rgb[2] * shade)
    patch.paint(
        coverage(middle), CERAMIC._replace(rgb=rgb), height=bevel(body, width=3.0, height=9.6)
    )
    _fillets(patch)


def paint_crystal(patch: Patch, part: Placed, rng: np.random.Generator) -> None:
    """A quartz crystal in a drawn metal can with a flange."""
    flange = box(patch, (116.0, 50.0), corner=25.0)
    patch.paint(coverage(flange), STEEL, height=bevel(flange, width=2.0, height=4.0))
    can = box(patch, (104.0, 40.0), corner=20.0)
    patch.paint(
        coverage(can), STEEL._replace(rough=0.22), height=4 + bevel(can, width=7.0, height=26.0)
    )
    patch.lift(0.035 * smooth_noise(rng, patch.x.shape, grain=9.0) * (can < 0))
    legend = printed(patch, part.text, cap_px=13.0)
    patch.paint(0.75 * legend, Material((0.10, 0.10, 0.10), 0.6, 0.6))


def paint_terminal(patch: Patch, part: Placed, rng: np.random.Generator) -> None:
    """A three-way screw terminal in blue plastic."""
    body = box(patch, (156.0, 84.0), corner=3.0)
    patch.paint(coverage(body), BLUE, height=bevel(body, width=4.0, height=52.0))
    ledge = box(patch, (156.0, 26.0), at=(0.0, -29.0), corner=2.0)
    patch.paint(coverage(ledge), BLUE, height=bevel(ledge, width=2.0, height=38.0))
    for k in (-1, 0, 1):
        at = (k * 50.0, 12.0)
        patch.paint(coverage(disc(patch, 20.0, at=at)), BLUE, height=34.0)
        head = disc(patch, 17.0, at=at)
        patch.paint(coverage(head), STEEL, height=34 + bevel(head, width=4.0, height=6.0))
        turn = float(rng.uniform(0, np.pi))
        across = -np.sin(turn) * (patch.x - at[0]) + np.cos(turn) * (patch.y - at[1])
        slot = np.maximum(np.abs(across) - 2.2, head + 1.0)
        dark = STEEL._replace(rgb=(0.22, 0.22, 0.22), rough=0.6)
        patch.paint(coverage(slot), dark, height=35.0)
        mouth = box(patch, (30.0, 12.0), at=(k * 50.0, -29.0), corner=2.0)
        patch.paint(coverage(mouth), PIT, height=24.0)
    patch.lift(0.05 * smooth_noise(rng, patch.x.shape, grain=4.0) * (body < 0))


def paint_housing(patch: Patch, part: Placed, rng: np.random.Generator) -> None:
    """The black insulator of a ten-way pin row, each cell chamfered."""
    rows = np.full_like(patch.x, np.inf)
    for k in range(10):
        x = (k - 4.5) * 25.4
        cell = np.maximum(
            box(patch, (25.4, 25.4), at=(x, 0.0)), np.abs(patch.x - x) + np.abs(patch.y) - 20.5
        )
        rows = np.minimum(rows, cell)
    patch.paint(coverage(rows), EPOXY, height=bevel(rows, width=1.5, height=25.0))
    for k in range(10):
        hole = box(patch, (8.0, 8.0), at=((k - 4.5) * 25.4, 0.0))
        patch.paint(coverage(hole), PIT, height=4.0)
    patch.lift(0.08 * smooth_noise(rng, patch.x.shape, grain=3.0) * (rows < 0))


def paint_pin(patch: Patch, part: Placed, rng: np.random.Generator) -> None:
    """One gold-plated square pin, seen from above, leaning as perspective has it."""
    for level in np.linspace(26.0, 84.0, 10):
        shank = box(patch, (6.6, 6.6), at=lean((part.x, part.y), level), corner=0.8)
        patch.paint(coverage(shank), GOLD, height=level - 6 + bevel(shank, width=2.2, height=6.0))


def paint_label(patch: Patch, part: Placed, rng: np.random.Generator) -> None:
    """A paper label with type, serial number and a bar code."""
    sheet = box(patch, (150.0, 76.0), corner=3.0)
    patch.paint(coverage(sheet), PAPER, height=bevel(sheet, width=0.8, height=1.2))
    patch.lift(0.05 * smooth_noise(rng, patch.x.shape, grain=14.0) * (sheet < 0))
    name, serial = part.text.split("|")
    patch.paint(printed(patch, name, cap_px=14.0, at=(0.0, -24.0)), INK)
    patch.paint(printed(patch, serial, cap_px=9.0, at=(0.0, 28.0)), INK)
    widths = np.random.default_rng(7).integers(0, 2, 62)
    column = np.clip(((patch.x + 62.0) / 2.0).astype(int), 0, 61)
    bars = (np.abs(patch.x) < 62.0) & (np.abs(patch.y - 4.0) < 13.0) & (widths[column] > 0)
    patch.paint(bars.astype(np.float32), INK)


def _lead(
    patch: Patch, at: tuple[float, float], *, size: tuple[float, float], outward_y: bool
) -> None:
    """A gull-wing lead: high at the body, flat at the toe."""
    shape = box(patch, size, at=at, corner=1.0)
    along, reach = (patch.y, at[1]) if outward_y else (patch.x, at[0])
    length = size[1] if outward_y else size[0]
    travel = (np.abs(along) - abs(reach)) / length + 0.5
    height = 2.5 + 5.0 / (1.0 + np.exp(14.0 * (travel - 0.38)))
    patch.paint(
        coverage(shape), TIN, height=(height + 0.4 * np.clip(-shape, 0, 1)).astype(np.float32)
    )


def _moulded(
    patch: Patch, size: tuple[float, float], *, height: float, rng: np.random.Generator
) -> None:
    body = box(patch, size, corner=2.0)
    patch.paint(coverage(body), RESIN, height=bevel(body, width=4.5, height=height))
    patch.lift(0.05 * smooth_noise(rng, patch.x.shape, grain=2.0) * (body < -1.0))


def _dimple(patch: Patch, at: tuple[float, float], radius: float) -> None:
    inside = coverage(disc(patch, radius, at=at))
    patch.paint(inside, EPOXY._replace(rough=0.4))
    patch.lift(-1.6 * inside)


def _legend(patch: Patch, text: str, *, cap_px: float) -> None:
    lines = text.split("|")
    for row, line in enumerate(lines):
        at = (4.0, (row - (len(lines) - 1) / 2) * cap_px * 1.7)
        patch.paint(0.85 * printed(patch, line, cap_px=cap_px, at=at), LASER)


def _fillets(patch: Patch) -> None:
    """Solder that climbs the two ends of a chip component."""
    for side in (-1, 1):
        fillet = box(patch, (8.0, 15.0), at=(side * 18.0, 0.0), corner=3.0)
        rise = np.clip(6.0 - 0.9 * np.abs(np.abs(patch.x) - 15.0), 0.5, 6.0)
        outside = coverage(fillet) * (np.abs(patch.x) > 15.0)
        patch.paint(outside.astype(np.float32), TIN, height=rise.astype(np.float32))


Painter = Callable[[Patch, Placed, np.random.Generator], None]

KINDS: dict[str, tuple[float, Painter]] = {
    "screw": (36.0, paint_screw),
    "chip": (88.0, paint_chip),
    "soic": (60.0, paint_soic),
    "capacitor": (48.0, paint_capacitor),
    "resistor": (26.0, paint_resistor),
    "ceramic": (26.0, paint_ceramic),
    "crystal": (62.0, paint_crystal),
    "terminal": (84.0, paint_terminal),
    "housing": (132.0, paint_housing),
    "pin": (12.0, paint_pin),
    "label": (80.0, paint_label),
}
"""Kind: half-width of its patch in board pixels, and how it is painted."""
