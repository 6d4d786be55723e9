"""A suite's model sees the references first, where that is asked for."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agent.loopback import Scripted, loopback_endpoint
from agent.settings import load_settings
from evals.benchmarks.spots import write_spots
from evals.datasets.records import DataSet
from evals.runner.manifest import ManifestError
from evals.runner.running import RunEnd, RunOptions, run_suite
from evals.suites.records import Suite
from graphs.fusion import EQUAL_WEIGHTS

FINE = json.dumps({"reasoning": "fine", "anomalous": False, "score": 0.25})
SUITE = {
    "name": "at-first-sight",
    "version": 1,
    "title": "At first sight",
    "source": "me",
    "data": ["spots"],
    "limit": 2,
    "references": 3,
    "conditions": [{"name": "direct", "settings": {"strategy": "direct"}}],
    "measures": ["auroc"],
}


@pytest.fixture
def spots(tmp_path: Path) -> DataSet:
    return write_spots(tmp_path / "data", n_normal=5, n_spotted=2)


def _run(out: Path, spots: DataSet, reply: str, **more: Any) -> tuple[RunEnd, list[str]]:
    told: list[str] = []
    with loopback_endpoint(Scripted([reply], at_end="repeat")) as endpoint:
        settings = load_settings(
            home=out.parent / "home",
            experts=("registered_difference",),
            model=endpoint.model,
            base_url=endpoint.base_url,
            vlm_attempts=1,
        )
        options = RunOptions(
            out=out,
            settings=settings,
            load_set=lambda _: spots,
            place="loopback",
            tell=told.append,
            **more,
        )
        end = asyncio.run(run_suite(Suite.model_validate(SUITE), options, teller=lambda _: None))
    return end, told


def _basis(out: Path, end: RunEnd) -> set[str]:
    records = [json.loads((out / row.record).read_text()) for row in end.rows]
    return {record["verdict"]["fusion_basis"] for record in records}


def test_a_mind_that_saw_the_references_is_read_by_its_ranks_and_they_are_asked_once(
    tmp_path: Path, spots: DataSet
) -> None:
    seen, _ = _run(tmp_path / "seen", spots, FINE, calibrate_mind=True)
    again, _ = _run(tmp_path / "seen", spots, FINE, calibrate_mind=True)
    unseen, _ = _run(tmp_path / "unseen", spots, FINE)

    # Three references and two parts; kept answers are paid once.
    assert (seen.n_asked, again.n_asked, unseen.n_asked) == (5, 0, 2)
    assert _basis(tmp_path / "seen", seen) == {EQUAL_WEIGHTS}
    assert _basis(tmp_path / "unseen", unseen) == {"the mind's own score"}
    with pytest.raises(ManifestError, match="settings differ"):
        _run(tmp_path / "seen", spots, FINE)


def test_a_mind_that_says_nothing_of_the_references_is_told_and_not_calibrated(
    tmp_path: Path, spots: DataSet
) -> None:
    end, told = _run(tmp_path / "run", spots, "", calibrate_mind=True)

    assert [row.status for row in end.rows] == ["failed", "failed"]
    assert len(told) == 1
    assert "not calibrated" in told[0]
    assert "gave a score for 0 of 3 references" in told[0]
