from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from agent.run_folder import RunFolder, asset_id, write_atomically
from graphs.records import Inspection, Recall, Usage, Verdict
from tools.errors import SettingsError
from tools.records import Asset


def record_of(path: Path, *, status: str = "decided") -> Inspection:
    return Inspection(
        id=asset_id(path),
        asset=Asset(
            path=str(path),
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            modality="image",
            size=[4, 4],
        ),
        product=None,
        recall=Recall(product=None, given=False),
        mind="embedded",
        strategy="rounds",
        views=[],
        verdict=Verdict.model_validate(
            {"decision": "review", "reason": "no product is near", "status": status}
        ),
        evidence=[],
        rounds=[],
        usage=Usage(),
        trace=[],
        created="2026-01-01T00:00:00+00:00",
    )


def names(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


@pytest.fixture
def part(tmp_path: Path) -> Path:
    path = tmp_path / "a part.png"
    path.write_bytes(b"pixels")
    return path


def test_nothing_is_made_before_something_is_written(tmp_path: Path) -> None:
    RunFolder.new(tmp_path / "runs")

    assert names(tmp_path) == []


def test_a_file_that_cannot_be_written_whole_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()

    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path / "taken", b"data")

    assert names(tmp_path) == ["taken"]


def test_an_asset_is_named_by_its_stem_and_its_whole_path(tmp_path: Path) -> None:
    here, there = tmp_path / "a/board 1.png", tmp_path / "b/board 1.png"

    assert asset_id(here).startswith("board-1-")
    assert asset_id(here) != asset_id(there)
    assert asset_id(here) == asset_id(here)
    assert "/" not in asset_id(Path("../../..x.png"))


def test_a_record_is_finished_until_its_file_changes(tmp_path: Path, part: Path) -> None:
    run = RunFolder(tmp_path / "run")
    inspection = record_of(part)
    run.write_inspection("a", inspection, question="q")

    assert run.finished("a", part, question="q") == inspection
    part.write_bytes(b"other pixels")
    assert run.finished("a", part, question="q") is None


def test_a_record_is_finished_for_the_question_that_it_answers_alone(
    tmp_path: Path, part: Path
) -> None:
    run = RunFolder(tmp_path / "run")
    run.write_inspection("a", record_of(part), question="q")

    assert run.finished("a", part, question="other") is None
    run.write_inspection("a", record_of(part))
    assert run.finished("a", part, question="q") is None


def test_a_failed_record_is_not_finished(tmp_path: Path, part: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.write_inspection("a", record_of(part, status="failed"), question="q")

    assert run.finished("a", part, question="q") is None


def test_a_record_that_was_cut_off_is_not_finished(tmp_path: Path, part: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.write_inspection("a", record_of(part), question="q")
    path = run.inspection_path("a")
    path.write_bytes(path.read_bytes()[:100])

    assert run.finished("a", part, question="q") is None


def test_a_run_is_found_by_its_name_or_its_path(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "runs" / "monday")
    run.write_run({"seed": 0})

    assert RunFolder.existing(tmp_path / "runs", "monday").root == run.root
    assert RunFolder.existing(tmp_path, str(run.root)).root == run.root
    assert json.loads((run.root / "run.json").read_text()) == {"format": "loupe.run/1", "seed": 0}


def test_an_unknown_run_is_answered_with_those_that_there_are(tmp_path: Path) -> None:
    RunFolder(tmp_path / "monday").write_run({})

    with pytest.raises(SettingsError, match=r"no run 'tuesday' .* there are: monday"):
        RunFolder.existing(tmp_path, "tuesday")


def test_a_run_that_recorded_nothing_is_removed(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.write_run({})

    run.discard_if_empty()

    assert names(tmp_path) == []


def test_a_folder_that_was_there_stays_without_what_the_run_wrote(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    run = RunFolder.given(tmp_path / "mine")
    run.write_run({})
    run.artifacts.mkdir()

    run.discard_if_empty()

    assert names(tmp_path) == ["mine"]


def test_a_run_that_goes_on_is_not_removed(tmp_path: Path) -> None:
    RunFolder(tmp_path / "run").write_run({})

    RunFolder.existing(tmp_path, "run").discard_if_empty()

    assert names(tmp_path) == ["run", "run/run.json"]


def test_a_run_with_a_record_is_kept(tmp_path: Path, part: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.write_run({})
    run.write_inspection("a", record_of(part))

    run.discard_if_empty()

    assert (tmp_path / "run/inspections/a/inspection.json").is_file()


def test_a_new_run_does_not_share_its_folder_with_one_of_the_same_second(tmp_path: Path) -> None:
    first = RunFolder.new(tmp_path)
    first.root.mkdir()

    assert RunFolder.new(tmp_path).root != first.root
