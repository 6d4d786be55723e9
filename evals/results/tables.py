"""Figures as tables in Markdown and LaTeX. Knows nothing of how they came.

One table for each part: conditions are rows, products are columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evals.results.measures.counting import PART as COUNTS
from evals.tables.records import Measure

LATEX_SIGNS = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
ROW_HEAD = "condition"


class Grid(NamedTuple):
    """One part as rows and columns of text."""

    title: str
    columns: list[str]
    """With the number of samples where it is the same all the way down."""
    rows: list[list[str]]
    """The first entry of each is its name."""


def grids(measures: Sequence[Measure]) -> list[Grid]:
    """A grid for each part, in the order of the figures."""
    parts = dict.fromkeys(one.part for one in measures)
    return [_grid(part, [one for one in measures if one.part == part]) for part in parts]


def as_markdown(measures: Sequence[Measure]) -> str:
    """Every part as a Markdown table under its title."""
    return "\n\n".join(_markdown(grid) for grid in grids(measures)) + "\n"


def as_latex(measures: Sequence[Measure]) -> str:
    """Every part as a LaTeX `table` with a `tabular`; needs no package."""
    return "\n\n".join(_latex(grid) for grid in grids(measures)) + "\n"


def cell_text(measure: Measure) -> str:
    """Value with its interval; a count as it is."""
    if measure.part == COUNTS:
        return f"{measure.value:g}"
    if measure.low is None or measure.high is None:
        return f"{measure.value:.3f}"
    return f"{measure.value:.3f} [{measure.low:.3f}, {measure.high:.3f}]"


def _grid(part: str, measures: Sequence[Measure]) -> Grid:
    names = list(dict.fromkeys(one.method for one in measures))
    subjects = list(dict.fromkeys(one.subject for one in measures))
    found = {(one.method, one.subject): one for one in measures}
    same = {subject: _same_n(subject, measures) for subject in subjects}
    is_count = part == COUNTS
    columns = [
        subject if same[subject] is None or is_count else f"{subject} (n = {same[subject]})"
        for subject in subjects
    ]
    rows = []
    for name in names:
        entries = [found.get((name, subject)) for subject in subjects]
        texts = [
            "" if one is None else _entry(one, with_n=same[one.subject] is None and not is_count)
            for one in entries
        ]
        total = [str(max(one.n for one in entries if one is not None))] if is_count else []
        rows.append([name, *total, *texts])
    return Grid(part, [ROW_HEAD, *(["planned"] if is_count else []), *columns], rows)


def _same_n(subject: str, measures: Sequence[Measure]) -> int | None:
    counts = {one.n for one in measures if one.subject == subject}
    return counts.pop() if len(counts) == 1 else None


def _entry(measure: Measure, *, with_n: bool) -> str:
    return f"{cell_text(measure)}{f' n = {measure.n}' if with_n else ''}"


def _markdown(grid: Grid) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"

    rule = line(["---", *["--:"] * (len(grid.columns) - 1)])
    return "\n".join(
        [f"**{grid.title}**\n", line(grid.columns), rule, *[line(row) for row in grid.rows]]
    )


def _latex(grid: Grid) -> str:
    def line(cells: Sequence[str]) -> str:
        return " & ".join(latex_text(text) for text in cells) + r" \\"

    columns = "l" + "r" * (len(grid.columns) - 1)
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{latex_text(grid.title)}}}",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\hline",
            line(grid.columns),
            r"\hline",
            *[line(row) for row in grid.rows],
            r"\hline",
            r"\end{tabular}",
            r"\end{table}",
        ]
    )


def latex_text(text: str) -> str:
    """Text in which nothing is a command."""
    return "".join(LATEX_SIGNS.get(sign, sign) for sign in text)
