"""A free font at a size. Knows nothing of what is written."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont

FOLDER = Path("mpl-data", "fonts", "ttf")
"""Where matplotlib ships DejaVu Sans: Latin, Greek and Cyrillic."""


@lru_cache(maxsize=32)
def load_font(size_px: int, *, bold: bool = True) -> ImageFont.FreeTypeFont:
    """DejaVu Sans.

    Raises:
        FileNotFoundError: where matplotlib is not installed, or without its fonts.
    """
    package = find_spec("matplotlib")
    if package is None or package.origin is None:
        raise FileNotFoundError("the font of overlays comes with matplotlib; install it")
    file = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(package.origin).parent / FOLDER / file, size_px)
