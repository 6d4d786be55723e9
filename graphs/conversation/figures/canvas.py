"""A figure as a picture. Knows no diagram."""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.arrays import UInt8Image

DPI = 120
INK = "#222222"
BLUE = "#3b6ea5"
RED = "#c0392b"
GREY = "#9aa0a6"


def new_figure(width_in: float, height_in: float) -> Any:
    """A figure without a screen behind it; sizes in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def drawn(figure: Any) -> UInt8Image:
    """(H, W, 3) RGB of a figure."""
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[:, :, :3].copy()


def plain(text: str) -> str:
    """Text in which no dollar sign begins mathematics."""
    return text.replace("$", r"\$")
