"""`loupe eval rate`: a judge over HTTP on this machine, and sentence vectors of a tiny model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from evals.benchmarks.spots import write_spots
from evals.command import app
from evals.results.ratings import RatingError, read_ratings
from evals.results.records import load_results

PICTURE = "VisA/pcb1/Data/Images/Anomaly/{n}.JPG"
QUESTIONS = {
    "0": (["What is wrong?", "What may follow?"], ["A bent pin.", "No contact."]),
    "1": (["What is wrong?"], ["A burnt chip."]),
}


def loupe_eval(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def _script(path: Path, *lines: Any) -> str:
    path.write_text(yaml.safe_dump(list(lines)))
    return f"loopback:{path}"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Two pictures of VisA-D&R, three questions in all; the model says `A bent pin.` to each."""
    root = tmp_path / "data" / "visa_dr"
    plates = write_spots(tmp_path / "plates", n_normal=0, n_spotted=2)
    entries = []
    for n, plate in enumerate(plates.samples):
        questions, references = QUESTIONS[str(n)]
        place = root / PICTURE.format(n=n)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(plate.path.read_bytes())
        named = PICTURE.format(n=n)
        entries.append({"image": named, "questions": questions, "references": references})
    (root / "VisA" / "visa_dr.json").write_text(json.dumps(entries))
    tested = [{"image": one["image"], "anomaly": True} for one in entries]
    (root / "VisA" / "test_data.json").write_text(json.dumps(tested))
    out = tmp_path / "run"
    model = _script(tmp_path / "pins.yaml", "A bent pin.")
    words = ("visa-dr-reasoning", "--data", root.parent, "--out", out, "--model", model)
    shown = loupe_eval("run", *words)
    assert shown.exit_code == 0, shown.output
    return out


def _figures(run: Path, part: str) -> dict[str, tuple[float, int]]:
    found = json.loads((run / "table.json").read_text())["measures"]
    return {one["subject"]: (one["value"], one["n"]) for one in found if one["part"] == part}


def test_a_judge_rates_every_answer_once(run: Path, tmp_path: Path) -> None:
    judge = _script(tmp_path / "judge.yaml", "8 4\nThe second is less exact.")

    first = loupe_eval("rate", run, "--judge", judge)
    again = loupe_eval("rate", run, "--judge", judge)

    assert "3 answers judged, 3 calls, 0 failed" in first.stderr
    assert "3 answers judged, 0 calls, 0 failed" in again.stderr
    part = "answers in words: rated 1 to 10 by a judge, judge"
    # LLaVA's first assistant is the reference answer.
    assert _figures(run, part)["all turns"] == (4.0, 3)
    assert _figures(run, part)["turn 2"] == (4.0, 1)
    assert _figures(run, f"{part}: share of the reference answer's score")["all turns"] == (0.5, 3)
    assert _figures(run, "answers in words: ROUGE-L")["all turns"][1] == 3


def test_what_a_judge_cannot_rate_enters_no_mean_and_is_told(run: Path, tmp_path: Path) -> None:
    judge = _script(tmp_path / "judge.yaml", "I would say 8.")

    shown = loupe_eval("rate", run, "--judge", judge)

    assert "3 answers judged, 3 calls, 3 failed" in shown.stderr
    assert "not rated" in shown.stderr
    assert {one.score for one in read_ratings(run)} == {None}
    assert _figures(run, "answers in words: rated 1 to 10 by a judge, judge") == {}


def test_ratings_of_words_that_a_row_says_no_longer_do_not_count(run: Path, tmp_path: Path) -> None:
    loupe_eval("rate", run, "--judge", _script(tmp_path / "judge.yaml", "8 4\nFine."))
    path = run / "results.jsonl"
    path.write_text(path.read_text().replace('"answer":"A bent pin."', '"answer":"Nothing."'))

    loupe_eval("rescore", run, "--out", tmp_path / "again")

    part = "answers in words: rated 1 to 10 by a judge, judge"
    # Read again from the trace, the answers are those that were rated.
    assert _figures(tmp_path / "again", part)["all turns"] == (4.0, 3)
    changed = [row for row in load_results(run).rows if row.answer == "Nothing."]
    assert len(changed) == 1


def test_a_run_without_reference_answers_cannot_be_rated(run: Path, tmp_path: Path) -> None:
    path = run / "results.jsonl"
    rows = [json.loads(line) | {"expected": ""} for line in path.read_text().splitlines()]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    with pytest.raises(RatingError, match="no row has a reference answer in words"):
        loupe_eval("rate", run, "--judge", _script(tmp_path / "judge.yaml", "8 4"))


def test_a_rater_must_be_named(run: Path) -> None:
    assert loupe_eval("rate", run).exit_code == 2
