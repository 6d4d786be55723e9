from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.cli import run as run_command_line
from agent.run_folder import RunFolder
from graphs.records import Inspection

HOSTILE = "[red]markup[/red] \x1b]0;title\x07 \u202ebackwards"


def test_show_tells_the_story_of_one_inspection(
    run: RunFolder, inspection: Inspection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["show", str(run.root)]) == 0
    out = capsys.readouterr().out
    for told in (
        "ANOMALOUS  p.png",
        "score 0.90  review from 0.40, anomalous from 0.75",
        "F1  the digit is 3, it must be 7 [E2] rules R1, R9",
        "old stamp (0.80)",
        "change the stamp (fmea.csv:2)",
        "Round 1",
        '> zoom(view="V1")',
        "V2 shows it [E2]",
        "Round 2, submitted",
        "since it is dust",
        "look, attempt 1: server_error, status 500",
    ):
        assert told in out, told


def test_show_takes_the_file_of_an_inspection_too(
    run: RunFolder, inspection: Inspection, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(run.inspection_path(inspection.id))
    assert run_command_line(["show", path, "--json"]) == 0
    assert Inspection.model_validate_json(capsys.readouterr().out) == inspection
    assert run_command_line(["show", path, "--asset", "p.png"]) == 2


def test_show_reads_no_markup_and_sends_the_terminal_no_command(
    run: RunFolder, inspection: Inspection, capsys: pytest.CaptureFixture[str]
) -> None:
    document = inspection.model_dump(mode="json")
    document["rounds"][0]["thought"] = HOSTILE
    run.write_inspection(inspection.id, Inspection.model_validate(document))
    assert run_command_line(["show", str(run.root)]) == 0
    out = capsys.readouterr().out
    assert "[red]markup[/red]" in out
    assert [c for c in ("\x1b", "\x07", "\u202e") if c in out] == []


def test_show_gives_a_table_of_several_and_one_by_the_name_of_its_file(
    run: RunFolder, inspection: Inspection, capsys: pytest.CaptureFixture[str]
) -> None:
    document = inspection.model_dump(mode="json")
    other = {**document, "id": "part-2", "asset": {**document["asset"], "path": "q.png"}}
    run.write_inspection("part-2", Inspection.model_validate(other))
    assert run_command_line(["show", str(run.root)]) == 0
    assert "one of them as a story" in capsys.readouterr().out
    assert run_command_line(["show", str(run.root), "--asset", "q.png", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "part-2"


def test_report_prints_where_the_pages_are(
    run: RunFolder, inspection: Inspection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["report", str(run.root)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        str(run.report_path()),
        str(run.report_path(inspection.id)),
    ]
    assert run_command_line(["report", str(run.root), "--asset", "p", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "run": str(run.report_path()),
        "inspections": [str(run.report_path(inspection.id))],
    }


@pytest.mark.parametrize("command", ["show", "report", "replay"])
def test_a_run_that_is_not_there_is_one_line(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line([command, "tuesday"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: no run 'tuesday' in")


@pytest.mark.parametrize("content", ["", "{}", "[1]", "not json"])
def test_a_file_that_is_no_inspection_is_one_line(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inspection.json").write_text(content)
    assert run_command_line(["show", "inspection.json"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "is no record of an inspection" in line


@pytest.mark.parametrize("change", ["max_rounds", "model=another", "nothing=1"])
def test_a_setting_that_a_replay_cannot_change_is_one_line(
    run: RunFolder, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["replay", str(run.root), "--set", change]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: --set must be NAME=VALUE, got")
