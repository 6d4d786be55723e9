"""A row is of the content that landed, or says that it was replaced."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.batch.records import BatchRow
from agent.failures import UNREAD, digest_of, failed_inspection
from agent.inspector import Inspector
from agent.result_log import ResultLog
from agent.run_folder import RunFolder
from agent.settings import Settings
from agent.watching.landed import LandedEngine, landed
from graphs.records import Inspection


@pytest.fixture
def inspector(tmp_path: Path) -> Inspector:
    return Inspector(Settings(home=tmp_path / "home"), run=RunFolder(tmp_path / "run"))


def as_if_normal(path: Path, sha256: str) -> Inspection:
    """A record that says normal of a content."""
    failed = failed_inspection(path, Settings(), reason="", product=None, name="one")
    verdict = failed.verdict.model_copy(update={"decision": "normal", "status": "decided"})
    asset = failed.asset.model_copy(update={"sha256": sha256})
    return failed.model_copy(update={"verdict": verdict, "asset": asset})


@pytest.mark.parametrize(
    ("read", "status", "told"),
    [
        ("a", "decided", ""),
        ("b", "failed", "was replaced by another"),
        (UNREAD, "failed", "vanished"),
    ],
)
def test_a_record_of_another_content_is_no_answer(
    inspector: Inspector, tmp_path: Path, read: str, status: str, told: str
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"a")
    order = landed(path, digest_of(path), product=None, labels={})
    digests = {"a": digest_of(path), "b": "b" * 64, UNREAD: UNREAD}
    record = tmp_path / "run" / "inspections" / "one" / "inspection.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")

    with ResultLog(tmp_path / "run", BatchRow) as log:
        engine = LandedEngine(inspector, log)
        row = asyncio.run(engine.kept(order, as_if_normal(path, digests[read])))

    assert row is not None
    assert (row.status, row.sha256) == (status, digest_of(path))
    assert told in row.reason
    assert record.exists() is (status == "decided")


def test_path_and_content_and_product_name_a_row() -> None:
    tasks = {
        landed(Path("a.png"), "1", product=None, labels={"lot": "7"}).task,
        landed(Path("a.png"), "1", product=None, labels={}).task,
        landed(Path("a.png"), "2", product=None, labels={}).task,
        landed(Path("b.png"), "1", product=None, labels={}).task,
        landed(Path("a.png"), "1", product="plate", labels={}).task,
    }

    assert len(tasks) == 4
