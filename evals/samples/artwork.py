"""Copper, holes and silkscreen of the control board. Knows nothing of how parts look."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from evals.samples.layout import HEADER_XY, SCREWS, SPARE_PADS, layout, pin_x
from evals.samples.scene import CANVAS, MARGIN_PX, SUPERSAMPLING, Float32
from evals.samples.surface import Placed

Line = list[tuple[float, float]]


class Artwork(NamedTuple):
    """What is etched and printed on the bare board, (CANVAS, CANVAS) float32 opacity each."""

    copper: Float32
    bare: Float32
    holes: Float32
    ink: Float32


@lru_cache(maxsize=1)
def artwork() -> Artwork:
    """The fixed artwork of this board type."""
    from PIL import Image, ImageDraw

    scale = SUPERSAMPLING * 2
    side = CANVAS * 2
    layers = {name: Image.new("L", (side, side)) for name in ("trace", "clear", "bare", "hole")}
    pens = {name: ImageDraw.Draw(layer) for name, layer in layers.items()}

    def to_canvas(x: float, y: float) -> tuple[float, float]:
        return (x + MARGIN_PX) * scale, (y + MARGIN_PX) * scale

    for line, width in _traces(np.random.default_rng(41)):
        points = [to_canvas(x, y) for x, y in line]
        pens["clear"].line(points, fill=255, width=int((width + 5) * scale), joint="curve")
        pens["trace"].line(points, fill=255, width=int(width * scale), joint="curve")
    for x, y, ring, bore in _vias():
        for name, radius in (
            ("clear", ring + 2.5),
            ("trace", ring),
            ("bare", ring),
            ("hole", bore),
        ):
            left, top = to_canvas(x - radius, y - radius)
            right, bottom = to_canvas(x + radius, y + radius)
            pens[name].ellipse((left, top, right, bottom), fill=255)
    for x, y, width, height in _pads():
        for name, grow in (("clear", 3.0), ("trace", 0.0), ("bare", 0.0)):
            corner = to_canvas(x - width / 2 - grow, y - height / 2 - grow)
            end = to_canvas(x + width / 2 + grow, y + height / 2 + grow)
            pens[name].rectangle((*corner, *end), fill=255)
    planes = {
        name: np.asarray(layer.resize((CANVAS, CANVAS), Image.Resampling.BOX), np.float32)
        / np.float32(255)
        for name, layer in layers.items()
    }
    copper = np.maximum(planes["trace"], 1.0 - planes["clear"])
    return Artwork(copper=copper, bare=planes["bare"], holes=planes["hole"], ink=_silkscreen())


def _traces(rng: np.random.Generator) -> Iterator[tuple[Line, float]]:
    """Bundles of parallel tracks between the parts, 45 degree corners."""
    for start, turns, count in (
        ((310, 296), ((-40, 0), (-30, -30), (0, -60), (-30, -30), (-60, 0)), 7),
        ((458, 300), ((30, 0), (22, -22), (0, -40), (30, -30), (60, 0)), 6),
        ((458, 372), ((20, 0), (30, 30), (0, 90), (20, 20), (60, 0)), 6),
        ((310, 380), ((-26, 0), (-24, 24), (0, 110), (-20, 20), (-90, 0)), 7),
        ((352, 424), ((0, 12), (-60, 60), (0, 40), (20, 20), (0, 70)), 4),
        ((420, 424), ((0, 12), (62, 62), (0, 40), (-20, 20), (0, 64)), 4),
        ((340, 268), ((0, -30), (-50, -50), (0, -30)), 5),
        ((428, 268), ((0, -30), (40, -40), (0, -24)), 4),
        ((612, 440), ((30, 0), (20, 20), (0, 90), (-30, 30), (-90, 0)), 5),
        ((134, 560), ((0, 40), (30, 30), (100, 0)), 5),
    ):
        for k in range(count):
            shift = (k - (count - 1) / 2) * 6.4
            yield _offset([start, *turns], shift), 2.4
    for rail in (150.0, 230.0):
        yield [(rail, 220.0), (rail, 560.0)], 9.0
    for _ in range(6):
        x, y = rng.uniform(480, 640), rng.uniform(560, 620)
        yield [(x, y), (x + 18, y + 18), (x + 18, y + 40)], 2.4


def _offset(path: Line, shift: float) -> Line:
    """The polyline given by a start and steps, moved sideways by shift with mitred corners."""
    steps = np.asarray(path[1:], float)
    points = np.cumsum(np.vstack([np.asarray(path[0], float), steps]), axis=0)
    unit = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    normal = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    moved = [points[0] + shift * normal[0]]
    for k in range(1, len(steps)):
        bisector = normal[k - 1] + normal[k]
        bisector /= 1 + normal[k - 1] @ normal[k]
        moved.append(points[k] + shift * bisector)
    moved.append(points[-1] + shift * normal[-1])
    return [(float(x), float(y)) for x, y in moved]


def _vias() -> Iterator[tuple[float, float, float, float]]:
    """x, y, ring radius and bore radius of everything drilled."""
    for x, y in SCREWS:
        yield x, y, 35.0, 17.0
    for k in range(10):
        yield pin_x(k), HEADER_XY[1], 8.5, 4.5
    rng = np.random.default_rng(5)
    for x, y in rng.uniform((120, 190), (650, 625), (260, 2)):
        if all(abs(x - p.x) > dx or abs(y - p.y) > dy for p, dx, dy in _keep_out()):
            yield float(x), float(y), 4.2, 1.9


def _keep_out() -> list[tuple[Placed, float, float]]:
    """Parts with the half-widths around them that stay free of drilled holes."""
    reach = {
        "chip": (96.0, 96.0),
        "soic": (64.0, 48.0),
        "capacitor": (62.0, 46.0),
        "screw": (44.0, 44.0),
        "crystal": (66.0, 46.0),
        "resistor": (52.0, 18.0),
        "ceramic": (52.0, 18.0),
    }
    spare = [(Placed("", "", x, y), 52.0, 18.0) for x, y in SPARE_PADS]
    return spare + [(p, *reach[p.kind]) for p in layout() if p.kind in reach]


def _pads() -> Iterator[tuple[float, float, float, float]]:
    """x, y, width, height of everything soldered flat."""
    for part in layout():
        for dx, dy, width, height in LANDS.get(part.kind, ()):
            yield part.x + dx, part.y + dy, width, height
    for x, y in SPARE_PADS:
        for dx, dy, width, height in LANDS["resistor"]:
            yield x + dx, y + dy, width, height


def _quad_lands() -> list[tuple[float, float, float, float]]:
    across = [((k - 6.5) * 8.4, side, 5.6, 18.0) for side in (-76.0, 76.0) for k in range(14)]
    return across + [(y, x, height, width) for x, y, width, height in across]


CHIP_LANDS = [(-17.0, 0.0, 14.0, 18.0), (17.0, 0.0, 14.0, 18.0)]

LANDS: dict[str, list[tuple[float, float, float, float]]] = {
    "resistor": CHIP_LANDS,
    "ceramic": CHIP_LANDS,
    "capacitor": [(-30.0, 0.0, 36.0, 16.0), (30.0, 0.0, 36.0, 16.0)],
    "soic": [((k - 3.5) * 12.7, side, 7.0, 16.0) for side in (-30.0, 30.0) for k in range(8)],
    "chip": _quad_lands(),
}
"""Kind of part: offset x and y, width and height of each pad under it."""


def _silkscreen() -> Float32:
    """White printing: outlines, designators, the board's name."""
    from PIL import Image, ImageDraw, ImageFont

    scale = SUPERSAMPLING
    sheet = Image.new("L", (CANVAS, CANVAS))
    pen = ImageDraw.Draw(sheet)
    prefix = {"resistor": "R", "ceramic": "C", "soic": "U", "capacitor": "C", "chip": "U"}
    reach = {"resistor": (28, 11), "ceramic": (28, 12), "capacitor": (38, 38), "soic": (56, 40)}

    def write(x: float, y: float, text: str, size: float) -> None:
        font = ImageFont.load_default(size=int(size * scale))
        at = ((x + MARGIN_PX) * scale, (y + MARGIN_PX) * scale)
        pen.text(at, text, fill=255, font=font, anchor="mm")

    for number, part in enumerate(layout(), start=10):
        if part.kind in reach:
            dx, dy = reach[part.kind]
            frame = [(part.x - dx, part.y - dy), (part.x + dx, part.y + dy)]
            pen.rectangle(
                [((x + MARGIN_PX) * scale, (y + MARGIN_PX) * scale) for x, y in frame],
                outline=255,
                width=2,
            )
            if part.kind != "soic":
                write(part.x + dx + 14, part.y, f"{prefix[part.kind]}{number - 9}", 9)
    write(300, 696, "LOUPE CONTROLS  LCB-204  REV C", 12)
    write(HEADER_XY[0] - 142, HEADER_XY[1], "1", 13)
    write(HEADER_XY[0] + 146, HEADER_XY[1], "J4", 13)
    write(384, 520, "Y1", 10)
    return np.asarray(sheet, np.float32) / 255.0
