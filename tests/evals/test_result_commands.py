"""`loupe eval run|rescore|compare|score|leaderboard` as a person types them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from evals.benchmarks.spots import write_spots
from evals.command import app
from tools.errors import LoupeError

SUITE = {
    "format": "loupe.suite/1",
    "name": "asked",
    "version": 1,
    "title": "Is there a spot",
    "source": "me",
    "needs": "vlm",
    "why": "it asks in words",
    "by": "bare_model",
    "data": ["csv"],
    "references": 0,
    "asking": {"prompt": "Is there a spot? Reply yes or no."},
    "conditions": [{"name": "plain"}],
    "measures": ["accuracy"],
}


def loupe_eval(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Plates 0 to 2 are normal, 3 to 5 have a spot."""
    folder = tmp_path / "data" / "csv"
    plates = write_spots(folder, n_normal=3, n_spotted=3)
    lines = [f"{one.path.name},{one.gt_label}" for one in plates.samples]
    (folder / "samples.csv").write_text("\n".join(["path,label", *lines]))
    return folder.parent


@pytest.fixture
def run(tmp_path: Path, data: Path) -> Path:
    """A run in which the model calls every plate anomalous."""
    suite, script = tmp_path / "asked.yaml", tmp_path / "yes.yaml"
    suite.write_text(yaml.safe_dump(SUITE))
    script.write_text(yaml.safe_dump(["Yes, there is a dark spot."]))
    out = tmp_path / "runs" / "asked"
    shown = loupe_eval("run", suite, "--data", data, "--out", out, "--model", f"loopback:{script}")
    assert shown.exit_code == 0, shown.output
    return out


def test_fewer_references_can_be_asked_for(tmp_path: Path, data: Path) -> None:
    suite, out = tmp_path / "asked.yaml", tmp_path / "runs" / "few"
    told = {**SUITE, "by": "pixel_difference", "references": 3, "needs": "any"}
    suite.write_text(yaml.safe_dump(told))
    asked = ("run", suite, "--data", data, "--out", out)

    # Three normal plates: with three references none would be left to test.
    with pytest.raises(LoupeError, match="got 3; lower --references"):
        loupe_eval(*asked)
    shown = loupe_eval(*asked, "--references", "2")

    assert shown.exit_code == 0, shown.output
    assert json.loads((out / "table.json").read_text())["n_rows"] == 4


def _theirs(folder: Path, name: str, scores: list[float]) -> Path:
    path = folder / f"{name}.csv"
    rows = [f"plate_{n:04}.png,{score},{int(score > 0.5)}" for n, score in enumerate(scores)]
    path.write_text("\n".join(["id,score,label", *rows]))
    return path


def _scored(folder: Path, data: Path, name: str, scores: list[float]) -> Path:
    out = folder / "runs" / name
    theirs = _theirs(folder, name, scores)
    shown = loupe_eval("score", theirs, "--dataset", "csv", "--data", data, "--out", out)
    assert shown.exit_code == 0, shown.output
    return out


def test_rescoring_reads_the_answers_again_and_tells_what_came_out_otherwise(run: Path) -> None:
    path = run / "results.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["decision"] for row in rows] == ["anomalous"] * 6
    rows[0] |= {"decision": "normal", "score": 0.0, "raw_score": 0.0}
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    shown = loupe_eval("rescore", run)

    assert shown.exit_code == 0
    assert "6 of 6 rows were read again with 0 calls, 1 came out otherwise" in shown.stderr
    assert f"otherwise: {rows[0]['task']}" in shown.stderr
    again = json.loads((run / "rescored" / "table.json").read_text())
    accuracy = [one for one in again["measures"] if one["part"].startswith("accuracy")]
    assert [one["value"] for one in accuracy] == [0.5]
    # The run itself is as it was.
    assert len(path.read_text().splitlines()) == 6
    assert json.loads(path.read_text().splitlines()[0])["decision"] == "normal"


def test_a_record_that_is_gone_is_named(run: Path) -> None:
    gone = next((run / "asked").rglob("*.jsonl"))
    gone.unlink()

    with pytest.raises(LoupeError, match=rf"{gone.name} is missing"):
        loupe_eval("rescore", run)


def test_predictions_of_somebody_else_are_scored(tmp_path: Path, data: Path) -> None:
    out = _scored(tmp_path, data, "good", [0.1, 0.2, 0.6, 0.7, 0.8, 0.9])

    figures = json.loads((out / "table.json").read_text())["measures"]
    auroc = [one["value"] for one in figures if one["part"].startswith("AUROC")]
    assert auroc[0] == 1.0
    # The third plate is normal and labelled anomalous.
    accuracy = next(one for one in figures if one["part"].startswith("accuracy"))
    assert accuracy["value"] == pytest.approx(5 / 6)


def test_a_sample_without_a_prediction_is_counted_as_wrong(tmp_path: Path, data: Path) -> None:
    out = _scored(tmp_path, data, "few", [0.1, 0.2])

    rows = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [row["status"] for row in rows].count("failed") == 4
    assert {row["detail"] for row in rows} == {"", "the file has no prediction"}
    figures = json.loads((out / "table.json").read_text())["measures"]
    accuracy = next(one for one in figures if one["part"].startswith("accuracy"))
    assert (accuracy["value"], accuracy["n"]) == (pytest.approx(2 / 6), 6)


def test_comparing_tells_the_difference_and_which_samples_flipped(
    tmp_path: Path, data: Path
) -> None:
    first = _scored(tmp_path, data, "first", [0.1, 0.2, 0.6, 0.3, 0.8, 0.9])
    second = _scored(tmp_path, data, "second", [0.1, 0.2, 0.4, 0.7, 0.8, 0.2])
    flips = tmp_path / "flips.csv"

    shown = loupe_eval("compare", first, second, "--out", flips)

    assert shown.exit_code == 0
    assert "3 of 6 samples have another label in second: 2 became right, 1 wrong" in shown.output
    assert "plate_0005.png: anomalous -> normal (wrong now)" in shown.output
    with flips.open() as stream:
        told = {row["sample"]: row for row in csv.DictReader(stream)}
    assert sorted(told) == ["plate_0002.png", "plate_0003.png", "plate_0005.png"]


def test_the_leaderboard_shows_every_run_of_a_folder(tmp_path: Path, data: Path, run: Path) -> None:
    _scored(tmp_path, data, "good", [0.1, 0.2, 0.3, 0.7, 0.8, 0.9])

    shown = loupe_eval("leaderboard", run.parent, "--title", "Spots & <plates>")

    page = (run.parent / "index.html").read_text()
    assert "2 runs" in shown.output
    assert "Spots &amp; &lt;plates&gt;" in page
    assert "Is there a spot" in page
    assert "predictions of good.csv" in page


def test_a_folder_without_runs_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(LoupeError, match="holds no results of a suite"):
        loupe_eval("leaderboard", tmp_path)
