"""What a batch comes to, counted by hand."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from agent.batch.exports import write_csv, write_junit, write_parquet
from agent.batch.records import BatchRow
from agent.batch.summary import UNNAMED, pareto, summarise, worst
from agent.batch.telling import guesses, tell_of_again


def row(task: str, decision: str | None = "normal", **more: Any) -> BatchRow:
    status = "decided" if decision else "failed"
    told = {"task": task, "asset": f"{task}.png", "decision": decision, "status": status}
    return BatchRow.model_validate({**told, **more})


ROWS = [
    row("a", "anomalous", failure_modes=["scratch", "dent"], score=0.9, labels={"lot": "7"}),
    row("b", "anomalous", failure_modes=["scratch"], score=0.99, cost_usd=0.5, vlm_calls=3),
    row("c", "anomalous", score=0.6),
    row("d", "review", score=0.5),
    row("e"),
    row("f", None, reason="f.png: no such file"),
    row("g", "anomalous", failure_modes=["scratch"], score=1.0, shared=True),
]


def test_the_most_frequent_failure_mode_comes_first_and_shares_add_up() -> None:
    bars = pareto(ROWS)

    assert [(bar.name, bar.n) for bar in bars] == [("scratch", 3), ("dent", 1), (UNNAMED, 1)]
    assert [bar.share for bar in bars] == pytest.approx([0.6, 0.8, 1.0])


def test_a_part_without_a_failure_mode_counts_for_the_rules_that_it_breaks() -> None:
    rows = [row("a", "anomalous", rules=["R1", "R2"]), row("b", "anomalous", rules=["R1"])]

    assert [(bar.name, bar.n) for bar in pareto(rows)] == [("rule R1", 2), ("rule R2", 1)]


def test_what_did_not_go_well_is_told_with_what_does_it_anew(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_of_again([*ROWS, row("h", status="degraded"), row("i", status="degraded")])

    assert capsys.readouterr().err.splitlines() == [
        "1 row failed: the same command with --again failed does them anew",
        "2 rows degraded: the same command with --again degraded does them anew",
    ]


def test_the_worst_are_anomalous_parts_by_score_each_inspection_once() -> None:
    assert [one.task for one in worst(ROWS, k=4)] == ["b", "a", "c", "d"]


def test_every_row_is_counted_once() -> None:
    told = summarise(ROWS)

    assert told.decisions == {"anomalous": 4, "review": 1, "normal": 1, "failed": 1}
    assert (told.n, told.shared, told.vlm_calls, told.cost_usd) == (7, 1, 3, 0.5)


def test_junit_fails_what_is_anomalous_and_errs_where_nothing_was_decided(tmp_path: Path) -> None:
    write_junit(ROWS, tmp_path / "r.xml", name="run")

    suite = ElementTree.parse(tmp_path / "r.xml").getroot()
    assert [suite.get(name) for name in ("tests", "failures", "skipped", "errors")] == list("7411")
    assert len(suite.findall("testcase/failure")) == 4
    assert [one.get("message") for one in suite.iter("error")] == ["f.png: no such file"]


def test_a_finding_with_control_characters_stays_xml(tmp_path: Path) -> None:
    write_junit([row("a", "anomalous", findings=["\x00<b>\x1b"])], tmp_path / "r.xml", name="run")

    (failure,) = ElementTree.parse(tmp_path / "r.xml").getroot().iter("failure")
    assert failure.get("message") == "?<b>?"


def test_csv_has_labels_as_columns_and_no_formula(tmp_path: Path) -> None:
    write_csv([*ROWS, row("=1+1")], tmp_path / "r.csv")

    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert (lines[0]["label_lot"], lines[1]["label_lot"]) == ("7", "")
    assert lines[0]["failure_modes"] == "scratch; dent"
    assert (lines[-1]["task"], lines[-1]["asset"]) == ("'=1+1", "'=1+1.png")


def test_parquet_keeps_every_field(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    write_parquet(ROWS, tmp_path / "r.parquet")

    (first, *_) = parquet.read_table(tmp_path / "r.parquet").to_pylist()
    assert (first["failure_modes"], first["label_lot"]) == (["scratch", "dent"], "7")


def test_a_guess_has_the_interval_of_students_t() -> None:
    calls = guesses([row("a", vlm_calls=2), row("b", vlm_calls=4)])[0]

    # Mean 3, standard deviation sqrt 2, t of one degree of freedom 12.706.
    assert calls.mean == 3
    assert calls.half_width == pytest.approx(12.706, abs=1e-3)
    assert calls.times(10) == "VLM calls: 30 [0, 157.1]"
    assert guesses([row("a", vlm_calls=2)])[0].times(10) == "VLM calls: 20 [0, inf]"
