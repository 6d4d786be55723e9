"""Draws a cause-and-effect diagram (Ishikawa). Knows no causes."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from graphs.conversation.figures.canvas import BLUE, INK, drawn, new_figure, plain
from tools.arrays import UInt8Image

MAX_CAUSES = 5
"""Drawn at one bone; the record has all."""
_SPAN, _REACH, _LEAN = 3.4, 3.0, 1.3


def draw_fishbone(effect: str, bones: Mapping[str, Sequence[str]]) -> UInt8Image:
    """(H, W, 3): a spine to the effect, a bone for each category, a twig for each cause.

    Args:
        effect: at the head.
        bones: causes by category, in the order of drawing: above and below in turn.
    """
    pairs = (len(bones) + 1) // 2
    length = _SPAN * max(pairs, 1) + 0.8
    figure = new_figure(max(8.0, 0.95 * (length + 3.2)), 6.6)
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(-_LEAN - 1.2, length + 3.2)
    axes.set_ylim(-_REACH - 0.9, _REACH + 0.9)
    axes.annotate("", (length, 0), (-_LEAN, 0), arrowprops={"arrowstyle": "-|>", "lw": 2.2})
    box = {"boxstyle": "round,pad=0.4", "fc": "#fdecea", "ec": "#c0392b"}
    head = plain("\n".join(textwrap.wrap(effect, 22)[:6]))
    axes.text(length + 0.15, 0, head, fontsize=9, va="center", ha="left", bbox=box, color=INK)
    for number, (category, causes) in enumerate(bones.items()):
        foot = _SPAN * (number // 2 + 1)
        _bone(axes, foot, category, causes, side=1 if number % 2 == 0 else -1)
    return drawn(figure)


def _bone(axes: Any, foot: float, category: str, causes: Sequence[str], *, side: int) -> None:
    axes.plot([foot - _LEAN, foot], [side * _REACH, 0], color=BLUE, linewidth=1.6)
    box = {"boxstyle": "round,pad=0.3", "fc": "#e8f0f8", "ec": BLUE}
    axes.text(
        foot - _LEAN,
        side * (_REACH + 0.35),
        plain(category),
        fontsize=9,
        ha="center",
        va="center",
        bbox=box,
        color=INK,
    )
    shown = list(causes[:MAX_CAUSES])
    for place, cause in enumerate(shown, start=1):
        share = 1 - place / (len(shown) + 1)
        x, y = foot - _LEAN * share, side * _REACH * share
        axes.plot([x - 0.3, x], [y, y], color=INK, linewidth=0.8)
        words = plain("\n".join(textwrap.wrap(cause, 22)[:3]))
        axes.text(x - 0.35, y, words, fontsize=8, ha="right", va="center", color=INK)
