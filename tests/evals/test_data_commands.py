"""`loupe eval datasets` and `loupe eval guards` as a person calls them."""

import json
from pathlib import Path

from typer.testing import CliRunner

from evals.command import app
from evals.datasets import DATA_SETS


def test_datasets_are_listed_with_licence_source_and_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "VisA").mkdir()
    shown = CliRunner().invoke(app, ["datasets", "--data", str(tmp_path), "--json"])
    assert shown.exit_code == 0
    rows = {row["name"]: row for row in json.loads(shown.output)}
    assert list(rows) == list(DATA_SETS)
    assert rows["visa"]["found"] == str(tmp_path / "VisA")
    assert rows["mvtec_ad"]["found"] is None
    assert rows["mvtec_ad"]["licence"] == "CC BY-NC-SA 4.0 (non-commercial)"
    assert rows["mvtec_ad"]["real_data"] == "nothing: made from its publication"


def test_datasets_are_listed_as_a_table_without_data() -> None:
    shown = CliRunner().invoke(app, ["datasets"], env={"LOUPE_SHARED_DATA": None, "COLUMNS": "200"})
    assert shown.exit_code == 0
    assert "anomaly_shapenet" in shown.output
