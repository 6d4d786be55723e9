"""Loupe's own inspections as rows: decided, degraded, failed, without a product, resumed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.loopback import Scripted, loopback_endpoint
from agent.settings import load_settings
from evals.benchmarks.spots import write_spots
from evals.datasets.records import DataSet
from evals.results.records import Results
from evals.results.rescoring import RescoreError, rescore
from evals.runner.running import RunEnd, RunOptions, run_suite
from evals.suites.records import Suite

Go = Callable[..., RunEnd]


def _suite(**more: Any) -> Suite:
    given = {
        "name": "inspected",
        "version": 1,
        "title": "Inspected",
        "source": "me",
        "data": ["spots"],
        "limit": 2,
        "references": 3,
        "conditions": [{"name": "plain"}],
        "measures": ["auroc"],
        "figures": ["galleries"],
        **more,
    }
    return Suite.model_validate(given)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inspected")


@pytest.fixture(scope="module")
def spots(folder: Path) -> DataSet:
    return write_spots(folder / "data", n_normal=5, n_spotted=2)


@pytest.fixture(scope="module")
def go(folder: Path, spots: DataSet) -> Go:
    """Runs a suite into a folder below the module's own."""

    def run(suite: Suite, name: str, *, settings: dict[str, Any] | None = None) -> RunEnd:
        options = RunOptions(
            out=folder / name,
            settings=load_settings(
                home=folder / "home", experts=("registered_difference",), **(settings or {})
            ),
            load_set=lambda _: spots,
            place="loopback",
        )
        return asyncio.run(run_suite(suite, options, teller=lambda _: None))

    return run


@pytest.fixture(scope="module")
def embedded(go: Go) -> RunEnd:
    """Two samples as they are, and with nothing to compare with."""
    conditions = [{"name": "plain"}, {"name": "no reference", "references": 0}]
    return go(_suite(conditions=conditions), "embedded")


def test_the_spot_is_found_and_the_row_says_where(embedded: RunEnd, folder: Path) -> None:
    (spotted,) = [r for r in embedded.rows if r.condition == "plain" and r.gt_label]
    (normal,) = [r for r in embedded.rows if r.condition == "plain" and not r.gt_label]
    assert (spotted.status, spotted.decision) == ("decided", "anomalous")
    assert (spotted.raw_score or 0) > (normal.raw_score or 0)
    assert set(spotted.sources) >= {"registered_difference"}
    # The spot is 14 x 14 px from (24, 70) on.
    assert any(x1 < 38 and x2 > 24 and y1 < 84 and y2 > 70 for x1, y1, x2, y2 in spotted.boxes_xyxy)
    assert (folder / "embedded" / spotted.record).name == "inspection.json"
    assert spotted.spent.calls == 0


def test_without_a_reference_every_part_is_for_review_and_has_no_score(embedded: RunEnd) -> None:
    rows = [row for row in embedded.rows if row.condition == "no reference"]
    assert [(row.status, row.decision, row.raw_score) for row in rows] == [
        ("decided", "review", None)
    ] * 2


def test_rows_made_again_from_records_are_the_same(embedded: RunEnd, folder: Path) -> None:
    results = Results(folder / "embedded", embedded.manifest, tuple(embedded.rows))
    again = rescore(results)
    assert (again.n_read, again.changed) == (4, [])
    gone = embedded.rows[0].model_copy(update={"record": "runs/gone/inspection.json"})
    with pytest.raises(RescoreError, match=r"gone/inspection.json is missing"):
        rescore(Results(results.folder, results.manifest, (gone,)))


def test_what_was_inspected_before_a_kill_is_not_inspected_again(
    go: Go, embedded: RunEnd, folder: Path
) -> None:
    log = folder / "embedded" / "results.jsonl"
    whole = log.read_bytes()
    lines = whole.splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:1]))
    records = sorted((folder / "embedded" / "runs").rglob("inspection.json"))
    before = [path.stat().st_mtime_ns for path in records]
    again = go(embedded.manifest.suite, "embedded")
    assert [row.outcome() for row in again.rows] == [row.outcome() for row in embedded.rows]
    assert [path.stat().st_mtime_ns for path in records] == before


def test_where_the_model_refuses_the_experts_row_is_degraded(go: Go) -> None:
    with loopback_endpoint(Scripted(["refusal"], at_end="repeat")) as endpoint:
        settings = {"model": endpoint.model, "base_url": endpoint.base_url, "vlm_attempts": 1}
        direct = {"name": "direct", "settings": {"strategy": "direct"}}
        suite = _suite(limit=1, anomalous_only=True, conditions=[{"name": "rounds"}, direct])
        end = go(suite, "refused", settings=settings)
    failed, degraded = end.rows
    assert (degraded.condition, degraded.status, degraded.reason) == (
        "rounds",
        "degraded",
        "refused",
    )
    assert degraded.decision == "anomalous"
    assert set(degraded.sources) >= {"registered_difference"}
    assert {"direct", "rounds"}.isdisjoint(degraded.sources)
    # The strategy direct asks no expert, so nobody else can decide.
    assert (failed.condition, failed.status, failed.reason) == ("direct", "failed", "refused")
    assert (failed.decision, failed.raw_score) == (None, None)
    assert "Not decided" in failed.detail
