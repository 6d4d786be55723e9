"""Reading what `loupe inspect --json` printed, also after an interruption."""

from pathlib import Path

import pytest

from evals.tables.command_line import CommandError, load_inspections
from graphs.records import Inspection


def _line(inspection: Inspection, path: Path) -> str:
    asset = inspection.asset.model_copy(update={"path": str(path)})
    return inspection.model_copy(update={"asset": asset}).model_dump_json() + "\n"


def test_inspections_are_found_by_their_picture(inspection: Inspection, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text(_line(inspection, tmp_path / "a.png") + _line(inspection, tmp_path / "b.png"))
    assert set(load_inspections(out)) == {tmp_path / "a.png", tmp_path / "b.png"}


def test_a_line_cut_short_is_removed_and_its_picture_is_missing(
    inspection: Inspection, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    whole = _line(inspection, tmp_path / "a.png")
    out.write_text(whole + _line(inspection, tmp_path / "b.png")[:40])
    assert set(load_inspections(out)) == {tmp_path / "a.png"}
    assert out.read_text() == whole


def test_nothing_printed_is_no_inspection(tmp_path: Path) -> None:
    assert load_inspections(tmp_path / "absent.jsonl") == {}
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    assert load_inspections(empty) == {}


def test_another_line_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("{}\n")
    with pytest.raises(CommandError, match=r"out.jsonl has a line that is no inspection"):
        load_inspections(out)
