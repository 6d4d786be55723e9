"""How the figures look, and saving them. Knows nothing of what is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#1b6ca8", "#d1495b", "#2a9d5c", "#e09f3e", "#6a4c93", "#4d908e", "#8a5a44", "#555555")
"""Of conditions, in their order; told apart by people who see few colours, in this order."""
LINES = ("-", "--", "-.", ":")
DPI = 130
LETTERS_PER_IN = 9.5
"""Of a title in 9 points, beside which a legend stands."""
MAX_BESIDE = 40
"""Letters of the longest name that still stands beside the axes and not below them."""


@contextmanager
def canvas(
    path: Path, *, width_in: float = 6.4, height_in: float = 4.2
) -> Iterator[tuple[Figure, Axes]]:
    """A figure with one pair of axes; saved at the end, whole or not at all."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    yield figure, axes
    save(figure, path)


def dress(figure: Figure, axes: Axes, title: str) -> None:
    """A title that fits above the axes, and a legend beside them, or below where it is long."""
    from textwrap import wrap

    n_letters = int(figure.get_figwidth() * LETTERS_PER_IN)
    axes.set_title("\n".join(wrap(title, n_letters)), fontsize=9, loc="left")
    names = axes.get_legend_handles_labels()[1]
    longest = max((len(name) for name in names), default=0)
    if longest <= MAX_BESIDE:
        place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
    else:
        columns = 2 if len(names) > 3 else 1
        place = {"loc": "upper left", "bbox_to_anchor": (0.0, -0.14), "ncols": columns}
    axes.legend(frameon=False, fontsize=7, **place)


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG."""
    import io

    from agent.run_folder import write_atomically

    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
    write_atomically(path, stream.getvalue())


def style_of(number: int) -> dict[str, Any]:
    """Colour and line of the n-th condition."""
    return {
        "color": COLOURS[number % len(COLOURS)],
        # Lines that lie on each other are still told apart.
        "linestyle": LINES[number % len(LINES)],
    }


def slug(text: str) -> str:
    """A text as a part of a file's name."""
    return "".join(letter if letter.isalnum() else "-" for letter in text).strip("-")
