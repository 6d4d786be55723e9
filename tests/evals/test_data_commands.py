"""`loupe eval datasets` and `loupe eval guards` as a person calls them."""

import json
from pathlib import Path

from PIL import Image
from typer.testing import CliRunner

from evals.command import app
from evals.datasets import DATA_SETS, DataSetError


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


def test_guards_tell_what_is_shared_and_what_is_known(shared_data: Path) -> None:
    arguments = ["guards", "--data", str(shared_data), "--json"]
    names = ("mvtec_bottle", "gpt4v_generic_ad", "nab")
    shown = CliRunner().invoke(app, [*arguments, *(f"--only={name}" for name in names)])
    assert shown.exit_code == 0
    kinds = [flag["kind"] for flag in json.loads(shown.stdout)]
    assert kinds == ["shared by sets", "mask of another size", "known", "known"]


def test_guards_are_shown_as_a_table_with_what_they_mean(tmp_path: Path) -> None:
    folder = tmp_path / "folder" / "normal"
    folder.mkdir(parents=True)
    for name in "abcdef":
        Image.new("L", (20, 20), 9).save(folder / f"{name}.png")
    shown = CliRunner().invoke(app, ["guards", "--data", str(tmp_path)], env={"COLUMNS": "160"})
    assert shown.exit_code == 0
    assert "one file several times in a set" in shown.output
    assert "folder: 6 samples" in shown.output
    assert "1 findings in 6 samples of 1 data sets" in shown.output


def test_guards_without_any_data_set_say_so(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["guards", "--data", str(tmp_path)])
    assert isinstance(shown.exception, DataSetError)
    assert "data sets is there; give --data" in str(shown.exception)
