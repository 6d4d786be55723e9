"""Suites in files: those that ship can be read and run, and mistakes are told in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.results.figures import FIGURES
from evals.results.measures import MEASURES
from evals.suites import SuiteError, list_suites, load_suite
from evals.suites.load import suite_names
from evals.suites.records import Suite

SMALLEST = """
format: loupe.suite/1
name: mine
version: 1
title: Mine
source: me
data: [casting]
conditions: [{name: plain}]
measures: [auroc]
"""


def test_every_suite_that_ships_is_called_as_its_file_is() -> None:
    assert [suite.name for suite in list_suites()] == suite_names()


@pytest.mark.parametrize("name", suite_names())
def test_a_suite_that_ships_names_measures_and_figures_that_exist(name: str) -> None:
    suite = load_suite(name)
    assert set(suite.measures) <= set(MEASURES)
    assert set(suite.figures) <= set(FIGURES)
    assert suite.needs == "any" or suite.why


def test_a_suite_of_ones_own_is_named_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SMALLEST)
    suite = load_suite(str(path))
    assert (suite.name, suite.references, suite.conditions[0].query) == ("mine", 8, "none")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("version: 1", "version: Field required"),
        ("name: mine", "name: Field required"),
        ("{name: plain}", "conditions: List should have at least 1 item"),
    ],
)
def test_what_is_missing_is_told_with_the_file(tmp_path: Path, change: str, told: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SMALLEST.replace(change, ""))
    with pytest.raises(SuiteError, match=told) as error:
        load_suite(str(path))
    assert str(path) in str(error.value)


def test_an_unknown_suite_is_answered_with_those_that_are() -> None:
    with pytest.raises(SuiteError, match=r"no suite 'robust'; there are .*robustness"):
        load_suite("robust")


def _suite(**more: object) -> Suite:
    given = {
        "name": "mine",
        "version": 1,
        "title": "Mine",
        "source": "me",
        "data": ["casting"],
        "conditions": [{"name": "plain"}],
        "measures": ["auroc"],
        **more,
    }
    return Suite.model_validate(given)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"conditions": [{"name": "a"}, {"name": "a"}]}, "two conditions are called 'a'"),
        ({"baseline": "other"}, "baseline 'other' is none of the conditions"),
        ({"needs": "vlm"}, "says why"),
        ({"by": "bare_model"}, "asks a model and has no `asking`"),
        ({"conditions": [{"name": "a", "turn": 90}]}, "Extra inputs are not permitted"),
    ],
)
def test_what_does_not_fit_together_is_refused(more: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        _suite(**more)


def test_a_word_more_is_another_suite() -> None:
    assert _suite().digest == _suite().digest
    assert _suite().digest != _suite(title="Mine too").digest
