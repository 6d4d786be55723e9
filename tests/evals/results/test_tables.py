"""Figures as Markdown and LaTeX."""

from __future__ import annotations

from evals.results.measures.counting import PART as COUNTS
from evals.results.tables import as_latex, as_markdown
from evals.tables.records import Measure


def _measure(part: str, method: str, subject: str, value: float, **more: object) -> Measure:
    given = {"n": 4, **more}
    return Measure(
        part=part,
        subject=subject,
        metric="m",
        method=method,
        value=value,
        **given,  # type: ignore[arg-type]
    )


def test_conditions_are_rows_and_products_are_columns() -> None:
    found = [
        _measure("AUROC", "plain", "casting", 0.75, low=0.5, high=1.0),
        _measure("AUROC", "turned", "casting", 0.5, low=0.25, high=0.75),
        _measure("AUROC", "plain", "leather", 1.0, n=6),
    ]
    assert as_markdown(found) == (
        "**AUROC**\n\n"
        "| condition | casting (n = 4) | leather (n = 6) |\n"
        "| --- | --: | --: |\n"
        "| plain | 0.750 [0.500, 1.000] | 1.000 |\n"
        "| turned | 0.500 [0.250, 0.750] |  |\n"
    )


def test_where_n_differs_down_a_column_it_stands_in_each_cell() -> None:
    found = [_measure("AUROC", "a", "x", 0.5), _measure("AUROC", "b", "x", 0.25, n=3)]
    assert "| a | 0.500 n = 4 |\n| b | 0.250 n = 3 |" in as_markdown(found)


def test_counts_are_whole_and_stand_beside_what_was_planned() -> None:
    found = [
        _measure(COUNTS, "a", "decided", 3.0, n=5),
        _measure(COUNTS, "a", "failed: refused", 2.0, n=5),
    ]
    assert as_markdown(found).splitlines()[2:] == [
        "| condition | planned | decided | failed: refused |",
        "| --- | --: | --: | --: |",
        "| a | 5 | 3 | 2 |",
    ]


def test_nothing_in_a_latex_table_is_a_command() -> None:
    found = [_measure("50 % & more", "a_b", "x{y}", 0.5)]
    text = as_latex(found)
    assert r"\caption{50 \% \& more}" in text
    assert r"condition & x\{y\} (n = 4) \\" in text
    assert r"a\_b & 0.500 \\" in text
    assert text.count(r"\begin{tabular}{lr}") == 1
