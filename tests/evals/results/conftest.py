"""Hand-made results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from evals.results.records import Results
from evals.runner.manifest import Manifest, Planned
from evals.runner.rows import Row
from evals.suites.records import Suite

MakeRow = Callable[..., Row]
MakeResults = Callable[..., Results]


@pytest.fixture
def row() -> MakeRow:
    """A decided row of sample `s1` of casting under condition `plain`; changed by name."""

    def make(sample: str = "s1", **more: Any) -> Row:
        given: dict[str, Any] = {
            "condition": "plain",
            "data_set": "casting",
            "product": "",
            "sample": sample,
            "gt_label": 0,
            "status": "decided",
            "decision": "normal",
            **more,
        }
        place = "|".join(str(given.get(k, 0)) for k in ("condition", "data_set", "repeat"))
        return Row.model_validate({"task": f"{place}|{sample}", **given})

    return make


@pytest.fixture
def results(tmp_path: Path) -> MakeResults:
    """Results of rows; the suite is changed by name, and planned is what there is."""

    def make(rows: Sequence[Row], *, more_planned: int = 0, **suite: Any) -> Results:
        conditions = list(dict.fromkeys(row.condition for row in rows))
        given = {
            "name": "mine",
            "version": 1,
            "title": "Mine",
            "source": "me",
            "data": ["casting"],
            "conditions": [{"name": name} for name in conditions],
            "measures": ["auroc"],
            **suite,
        }
        keys = dict.fromkeys((row.condition, row.data_set) for row in rows)
        planned = [
            Planned(
                condition=condition,
                material=data_set,
                n=sum((row.condition, row.data_set) == (condition, data_set) for row in rows)
                + more_planned,
            )
            for condition, data_set in keys
        ]
        manifest = Manifest(
            suite=Suite.model_validate(given),
            data_sets={},
            mind="embedded",
            seed=0,
            planned=planned,
            command="loupe eval run mine",
            commit="c0ffee",
            versions={"python": "3"},
            machine="m",
            created="2026-01-01T00:00:00+00:00",
        )
        return Results(tmp_path, manifest, tuple(sorted(rows, key=lambda row: row.task)))

    return make
