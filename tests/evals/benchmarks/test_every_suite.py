"""Our own plates in the layouts of the sets that ask questions, and a suite run on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.benchmarks.every_suite import (
    EMBEDDED,
    LIMIT,
    SCRIPTED,
    own_data,
    run_one,
    script_of,
    tiny,
)
from evals.datasets.catalogue import load_data_set
from evals.runner.running import fitting
from evals.suites import list_suites, load_suite


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_data(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("name", ["csv", "visa_dr", "mmad"])
def test_the_plates_are_read_by_the_adapter_of_each_layout(data: Path, name: str) -> None:
    samples = load_data_set(data, name).samples
    assert {sample.gt_label for sample in samples} == {0, 1}
    assert all(sample.path.is_file() for sample in samples)
    assert name == "csv" or all(sample.questions for sample in samples if sample.gt_label)


def test_every_suite_has_tiny_data_and_a_script() -> None:
    for suite in list_suites():
        small = tiny(suite)
        assert small.limit == LIMIT
        assert set(small.data) <= {"csv", "visa_dr", "mmad"}
        assert script_of(suite)


def test_a_suite_that_reasons_runs_with_a_script_and_with_the_embedded_mind(
    data: Path, tmp_path: Path
) -> None:
    suite = load_suite("visa-dr-reasoning")

    asked = run_one(suite, SCRIPTED, data=data, work=tmp_path)
    told = run_one(suite, EMBEDDED, data=data, work=tmp_path)

    # Two plates with a spot, two questions each, asked in one conversation.
    assert (asked.n_planned, asked.statuses, asked.n_calls) == (2, {"decided": 2}, 4)
    assert (told.n_planned, told.statuses, told.n_calls) == (2, {"decided": 2}, 0)


def test_no_suite_that_ships_refuses_the_embedded_mind() -> None:
    for suite in list_suites():
        kept, _ = fitting(suite, has_vlm=False, has_sam=False)
        assert suite.needs == "any"
        assert kept
