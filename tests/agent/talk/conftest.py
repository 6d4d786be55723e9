"""Runs as inspections leave them, written by hand: a cause planted in one station."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.run_folder import write_atomically
from graphs.records import Cause, Finding, Inspection, Recall, Usage, Verdict
from tools.records import Asset, Evidence

DAYS = ("2026-11-23", "2026-11-24", "2026-11-25")
STATIONS = ("S1", "S2", "S3", "S4")
PER_GROUP = 5
SPLASHED = {("2026-11-23", "S2"): 1, ("2026-11-25", "S4"): 1}
"""Boards with a splash by day and station."""
UNSCREWED = {("2026-11-24", "S3"): 4}
"""The planted cause: boards without a screw."""


def record(name: str, defect: str, labels: dict[str, str]) -> Inspection:
    """A board: normal where the defect is empty, else anomalous with one finding."""
    finding = Finding(
        id="F1", claim=f"It has {defect}.", evidence_ids=["E1"], failure_mode=defect or None
    )
    cause = Cause(text=f"cause of {defect}", likelihood=0.9, evidence_ids=["E1"], source="FMEA")
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return Inspection(
        id=name,
        asset=Asset(path=f"/boards/{name}.jpg", sha256=sha256, modality="image", size=[8, 8]),
        product="control-board",
        recall=Recall(product="control-board", given=True),
        mind="embedded",
        strategy="rounds",
        views=[],
        verdict=Verdict(
            decision="anomalous" if defect else "normal",
            score=0.9 if defect else 0.1,
            reason="by hand",
            status="decided",
            findings=[finding] if defect else [],
            causes=[cause] if defect else [],
        ),
        evidence=[Evidence(id="E1", tool="score", text="by hand")],
        rounds=[],
        usage=Usage(),
        trace=[],
        created="2026-11-26T08:00:00+00:00",
        labels=labels,
    )


def keep(home: Path, run: str, inspection: Inspection) -> str:
    """Write a record as a run has it; returns its name."""
    folder = home / "runs" / run
    write_atomically(folder / "run.json", b"{}")
    path = folder / "inspections" / inspection.id / "inspection.json"
    write_atomically(path, inspection.model_dump_json().encode())
    return f"{run}/{inspection.id}"


@pytest.fixture
def keep_unit() -> Callable[[Path, str, Inspection], str]:
    return keep


@pytest.fixture
def board() -> Callable[[str, str, dict[str, str]], Inspection]:
    return record


def write_lots(home: Path) -> None:
    for day in DAYS:
        for station in STATIONS:
            bad = [
                *["solder-splash"] * SPLASHED.get((day, station), 0),
                *["missing-screw"] * UNSCREWED.get((day, station), 0),
            ]
            for number in range(PER_GROUP):
                labels = {
                    "time": f"{day}T{8 + number:02d}:00",
                    "station": station,
                    "lot": f"L{1 + STATIONS.index(station) // 2}",
                }
                defect = bad[number] if number < len(bad) else ""
                name = f"b{day[-2:]}-{station.lower()}-{number}"
                keep(home, f"run{day[-2:]}", record(name, defect, labels))


@pytest.fixture(scope="session")
def all_lots(once: Any) -> Path:
    """The home of `lots`. Copy it before a change."""
    return Path(once("lots", write_lots))


@pytest.fixture
def lots(all_lots: Path, tmp_path: Path) -> Path:
    """A home with 60 boards: three days, four stations, five boards each; lots of two stations."""
    return Path(shutil.copytree(all_lots, tmp_path / "lots"))
