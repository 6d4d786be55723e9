from __future__ import annotations

import json
from pathlib import Path

from agent.beginning import FIELD, Known, begin_run
from agent.run_folder import RunFolder
from agent.settings import Settings

OLD = {"board": "1", "plate": "1"}


def noted(run: RunFolder) -> list[dict[str, str]]:
    document = json.loads((run.root / "run.json").read_text())
    return [entry["products"] for entry in document[FIELD]]


def begun(tmp_path: Path) -> RunFolder:
    run = RunFolder(tmp_path / "run")
    assert begin_run(run, Settings(home=tmp_path), known=Known(OLD, None), asked={}) == ""
    return run


def test_nothing_is_told_or_noted_while_nothing_changes(tmp_path: Path) -> None:
    run = begun(tmp_path)

    assert begin_run(run, Settings(home=tmp_path), known=Known(OLD, None), asked={}) == ""
    assert noted(run) == [OLD]


def test_what_changed_is_told_and_both_are_noted(tmp_path: Path) -> None:
    run = begun(tmp_path)
    new = {"board": "2", "screw": "1"}

    told = begin_run(run, Settings(home=tmp_path), known=Known(new, None), asked={})

    assert told == "screw is new, plate was removed, board changed"
    assert noted(run) == [OLD, new]


def test_a_change_of_a_product_that_is_not_inspected_is_noted_and_not_told(
    tmp_path: Path,
) -> None:
    run = begun(tmp_path)
    new = {"board": "2", "plate": "1"}

    assert begin_run(run, Settings(home=tmp_path), known=Known(new, "plate"), asked={}) == ""
    assert noted(run) == [OLD, new]
    assert Known(new, "plate").digest == Known(OLD, "plate").digest
    assert Known(new, "board").digest != Known(OLD, "board").digest


def test_a_run_of_before_this_was_noted_goes_on(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.write_run({"settings": {}, "paths": [], "product": None})

    assert begin_run(run, Settings(home=tmp_path), known=Known(OLD, None), asked={}) == ""
    assert noted(run) == [OLD]
