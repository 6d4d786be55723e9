"""Draws the axes of a frame with matplotlib, without a display. Knows no asset and no region."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.assets.series.envelope import Line
from tools.assets.series.frame import LEFT_PX, N_COLUMNS, WIDTH_PX, Band, Frame
from tools.fonts import load_font

if TYPE_CHECKING:
    from tools.arrays import UInt8Image

DPI = 100
LINE_RGB = "#0b3d66"
GRID_RGB = "#d8dce0"
TEXT_RGB = "#1d2125"
MAX_LABEL = 60
MAX_X_TICKS = 9
FONT_PX = 12
UNKNOWN_LETTER = "\uffff"
_LOCK = threading.Lock()
"""matplotlib's caches of fonts and of text layouts are not safe for threads."""


class Axis(NamedTuple):
    """What stands under the time axis."""

    label: str
    days: bool
    """Whether `offset` and times are seconds since 1970, to be written as dates."""
    offset: float
    """Added to the times of the frame."""
    scale: float = 1.0
    """Seconds for each unit of the frame's times; of days only."""


def draw(frame: Frame, lines: Sequence[Line], labels: Sequence[str], axis: Axis) -> UInt8Image:
    """Draw the channels of a frame.

    Args:
        frame: where the axes are.
        lines: of each band, x in pixels from the left edge of the axes.
        labels: of each band.
        axis: of time.

    Returns:
        (H, W, 3) RGB of the frame's size.
    """
    from matplotlib.backends import backend_agg
    from matplotlib.figure import Figure

    width_px, height_px = frame.size
    with _LOCK:
        figure = Figure(figsize=(width_px / DPI, height_px / DPI), dpi=DPI, facecolor="white")
        canvas: Any = backend_agg.FigureCanvasAgg(figure)
        ticks = _time_ticks(frame, axis)
        for place, band in enumerate(frame.bands):
            axes = _axes(figure, band, height_px=height_px)
            _draw_line(axes, lines[place])
            _label(axes, band, labels[place])
            axes.set_xticks(
                ticks.x_px, ticks.words if band is frame.bands[-1] else [""] * len(ticks.x_px)
            )
        axes.set_xlabel(clean(f"{axis.label} {ticks.note}".strip()), fontsize=9, parse_math=False)
        canvas.draw()
        return np.array(np.asarray(canvas.buffer_rgba())[..., :3])


class _Ticks(NamedTuple):
    x_px: list[float]
    words: list[str]
    note: str


def _axes(figure: Any, band: Band, *, height_px: int) -> Any:
    rectangle = (
        LEFT_PX / WIDTH_PX,
        1 - band.bottom_px / height_px,
        N_COLUMNS / WIDTH_PX,
        (band.bottom_px - band.top_px) / height_px,
    )
    axes = figure.add_axes(rectangle)
    axes.set_xlim(0, N_COLUMNS)
    axes.set_ylim(band.low, band.high)
    axes.grid(visible=True, color=GRID_RGB, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, colors=TEXT_RGB, length=3)
    for edge in axes.spines.values():
        edge.set_linewidth(0.6)
    return axes


def _draw_line(axes: Any, line: Line) -> None:
    marker = "." if line.sparse else ""
    axes.plot(
        line.x_px,
        line.y,
        color=LINE_RGB,
        linewidth=0.9,
        marker=marker,
        markersize=4,
        solid_joinstyle="bevel",
    )


def _label(axes: Any, band: Band, text: str) -> None:
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    axes.yaxis.set_major_locator(MaxNLocator(nbins=max(2, (band.bottom_px - band.top_px) // 40)))
    axes.yaxis.set_major_formatter(_plain_numbers(ScalarFormatter))
    axes.set_title(clean(text), loc="left", fontsize=9, color=TEXT_RGB, pad=4, parse_math=False)


def _plain_numbers(formatter: Any) -> Any:
    made = formatter(useOffset=False)
    made.set_powerlimits((-4, 6))
    return made


def _time_ticks(frame: Frame, axis: Axis) -> _Ticks:
    low, high = frame.start * axis.scale + axis.offset, frame.end * axis.scale + axis.offset
    places, words, note = (_date_ticks if axis.days else _number_ticks)(low, high)
    inside = (places >= low) & (places <= high)
    x_px = (places[inside] - low) / (high - low) * N_COLUMNS
    return _Ticks(x_px.tolist(), [w for w, is_in in zip(words, inside, strict=True) if is_in], note)


def _number_ticks(low: float, high: float) -> tuple[NDArray[np.float64], list[str], str]:
    from matplotlib.ticker import MaxNLocator

    places = np.asarray(MaxNLocator(nbins=MAX_X_TICKS).tick_values(low, high))
    step = places[1] - places[0]
    digits = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    large = abs(places).max() >= 1e15
    return places, [f"{p:.6g}" if large else f"{p:.{digits}f}" for p in places], ""


def _date_ticks(low_s: float, high_s: float) -> tuple[NDArray[np.float64], list[str], str]:
    from matplotlib import dates as matplotlib_dates

    dates: Any = matplotlib_dates
    locator = dates.AutoDateLocator(minticks=4, maxticks=MAX_X_TICKS, tz=UTC)
    formatter = dates.ConciseDateFormatter(locator, tz=UTC)
    ends = (datetime.fromtimestamp(seconds, UTC) for seconds in (low_s, high_s))
    numbers = locator.tick_values(*ends)
    words = formatter.format_ticks(numbers)
    places = np.array([dates.num2date(number).timestamp() for number in numbers])
    return places, words, formatter.get_offset()


def clean(text: str) -> str:
    """A label that can be drawn: short, one line, signs of the font only."""
    short = " ".join(text.split())
    short = short if len(short) <= MAX_LABEL else f"{short[: MAX_LABEL - 3]}..."
    return "".join(c if c.isascii() or _is_drawn(c) else "?" for c in short if c.isprintable())


def _is_drawn(letter: str) -> bool:
    """Whether the font has a sign for it other than the one for unknown letters."""
    font = load_font(FONT_PX, bold=False)
    return bytes(font.getmask(letter)) != bytes(font.getmask(UNKNOWN_LETTER))
