"""What parts are made of, how a placed part is named, and how text is printed on one."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from evals.samples.scene import Float32, Material, Patch

STEEL = Material((0.62, 0.61, 0.58), 1.0, 0.28)
TIN = Material((0.68, 0.68, 0.66), 1.0, 0.34)
GOLD = Material((0.86, 0.62, 0.24), 1.0, 0.30)
ALUMINIUM = Material((0.50, 0.50, 0.51), 1.0, 0.42)
EPOXY = Material((0.022, 0.022, 0.024), 0.0, 0.55)
RESIN = Material((0.016, 0.016, 0.018), 0.0, 0.70)
LASER = Material((0.16, 0.16, 0.155), 0.0, 0.75)
CERAMIC = Material((0.40, 0.29, 0.19), 0.0, 0.45)
PAPER = Material((0.72, 0.71, 0.67), 0.0, 0.85)
INK = Material((0.02, 0.02, 0.025), 0.0, 0.70)
BLUE = Material((0.025, 0.10, 0.26), 0.0, 0.45)
PIT = Material((0.006, 0.006, 0.006), 0.0, 0.9)


class Placed(NamedTuple):
    """One part on the board: what, where (board pixels), how it is turned, what is printed."""

    name: str
    kind: str
    x: float
    y: float
    angle_deg: float = 0.0
    text: str = ""


def printed(
    patch: Patch, text: str, *, cap_px: float, at: tuple[float, float] = (0.0, 0.0)
) -> Float32:
    """Opacity of one line of text centred at `at`, cap_px high, in the part's own frame."""
    from scipy.ndimage import map_coordinates

    plate = _plate(text)
    scale = plate.shape[0] / (cap_px * 1.6)
    rows = (patch.y - at[1]) * scale + plate.shape[0] / 2
    cols = (patch.x - at[0]) * scale + plate.shape[1] / 2
    return np.asarray(map_coordinates(plate, [rows, cols], order=1, cval=0.0), np.float32)


@lru_cache(maxsize=128)
def _plate(text: str) -> Float32:
    """A line of text as opacity, 48 samples high, with Pillow's own font."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size=32)
    plate = Image.new("L", (int(font.getlength(text)) + 16, 48))
    ImageDraw.Draw(plate).text((8, 24), text, fill=255, font=font, anchor="lm")
    return np.asarray(plate, np.float32) / 255.0
