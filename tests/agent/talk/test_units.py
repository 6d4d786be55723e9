from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.batch.records import Order, row_of
from agent.units import ask_units
from agent.units.counting import LABEL
from graphs.conversation.queries import Query
from tools.errors import ToolError

Keep = Callable[..., str]


def groups(home: Path, **asked: Any) -> dict[str, tuple[int, int]]:
    """Anomalous and all units by group."""
    result = ask_units(home / "runs", Query(**asked))
    return {row.group: (row.anomalous, row.units) for row in result.rows}


def test_units_are_counted_by_label_the_worst_group_first(lots: Path) -> None:
    assert list(groups(lots, by="station").items()) == [
        ("S3", (4, 15)),
        ("S2", (1, 15)),
        ("S4", (1, 15)),
        ("S1", (0, 15)),
    ]


def test_the_time_of_a_label_counts_and_not_that_of_the_inspection(lots: Path) -> None:
    assert groups(lots, measure="trend") == {
        "2026-11-23": (1, 20),
        "2026-11-24": (4, 20),
        "2026-11-25": (1, 20),
    }
    assert groups(lots, by="weekday", where={"weekday": "tuesday"}) == {"Tuesday": (4, 20)}


def test_every_number_is_traced_to_its_inspections(lots: Path) -> None:
    result = ask_units(lots / "runs", Query(by="station", where={"day": "2026-11-24"}))
    s3 = next(row for row in result.rows if row.group == "S3")

    assert s3.refs == [f"run24/b24-s3-{number}" for number in range(5)]
    assert (result.n_units, result.n_anomalous) == (20, 4)


def test_conditions_and_times_choose(lots: Path) -> None:
    assert groups(lots, where={"station": "S3", "defect": "missing-screw"}) == {"all": (4, 4)}
    assert groups(lots, since="2026-11-24T10:00", until="2026-11-25") == {"all": (2, 12)}
    assert groups(lots, where={"station": "nowhere"}) == {}


def test_a_pareto_counts_units_by_defect_and_adds_up(lots: Path) -> None:
    rows = ask_units(lots / "runs", Query(measure="pareto")).rows

    assert [(row.group, row.units) for row in rows] == [("missing-screw", 4), ("solder-splash", 2)]
    assert [row.cumulative for row in rows] == [pytest.approx(4 / 6), pytest.approx(1.0)]


def test_a_p_chart_has_limits_by_hand_and_flags_what_is_outside(
    lots: Path, keep_unit: Keep, board: Any
) -> None:
    for number in range(20):
        name = f"late-{number}"
        labels = {"time": f"2026-11-26T{number:02d}:00"}
        keep_unit(lots, "run26", board(name, "missing-screw" if number < 12 else "", labels))
    result = ask_units(lots / "runs", Query(measure="p_chart"))

    # 18 of 80: p = 0.225, sigma = sqrt(0.225 * 0.775 / 20) = 0.09337.
    assert result.centre == pytest.approx(0.225)
    assert result.rows[0].high == pytest.approx(0.225 + 3 * 0.093374, abs=1e-5)
    assert [(row.group[-2:], row.flagged) for row in result.rows] == [
        ("23", False),
        ("24", False),
        ("25", False),
        ("26", True),
    ]


def test_of_many_days_the_latest_are_told_and_drawn(
    tmp_path: Path, board: Any, keep_unit: Any
) -> None:
    for day in range(1, 32):
        made = board(f"b{day}", "", {"time": f"2026-10-{day:02d}T08:00"})
        keep_unit(tmp_path, "run", made)
    chart = ask_units(tmp_path / "runs", Query(measure="p_chart", limit=30))

    assert (chart.rows[0].group, chart.rows[-1].group) == ("2026-10-02", "2026-10-31")
    assert [row.group for row in chart.some(2)] == ["2026-10-30", "2026-10-31"]
    assert "- 2026-10-31: 0 of 1" in chart.text
    assert "2026-10-11:" not in chart.text
    assert chart.text.endswith("and 10 earlier ones")
    units = ask_units(tmp_path / "runs", Query(measure="count", by="file", limit=2))
    assert [row.group for row in units.rows] == ["b1.jpg", "b10.jpg"]


def test_a_file_that_was_inspected_twice_counts_once_as_it_was_decided_last(
    lots: Path, keep_unit: Keep, board: Any
) -> None:
    again = board("b24-s3-0", "", {"station": "S3", "time": "2026-11-24T08:00"})
    keep_unit(lots, "zagain", again.model_copy(update={"created": "2026-12-01T08:00:00+00:00"}))

    assert groups(lots, by="station")["S3"] == (3, 15)


def test_rows_of_a_batch_count_with_their_columns(lots: Path, board: Any) -> None:
    row = json.loads(board("batched", "solder-splash", {}).model_dump_json())
    del row["labels"]
    row["columns"] = {"station": "S9"}
    (lots / "runs" / "run23" / "results.jsonl").write_text(f"{json.dumps(row)}\n", "utf-8")

    assert groups(lots, by="station")["S9"] == (1, 1)


def test_rows_of_loupe_batch_count_with_their_labels_and_name_their_record(
    lots: Path, keep_unit: Keep, board: Any
) -> None:
    inspection = board("from-batch", "missing-screw", {})
    keep_unit(lots, "batch", inspection)
    order = Order(
        task="1",
        asset="/boards/from-batch.jpg",
        labels={"station": "S7", "time": "2026-11-24T09:00"},
    )
    line = row_of(order, inspection).model_dump_json()
    (lots / "runs" / "batch" / "results.jsonl").write_text(f"{line}\n", "utf-8")
    result = ask_units(lots / "runs", Query(by="station", where={"station": "S7"}))

    assert [(row.group, row.anomalous, row.refs) for row in result.rows] == [
        ("S7", 1, ["batch/from-batch"])
    ]
    assert groups(lots, where={"day": "2026-11-24", "defect": "missing-screw"}) == {"all": (5, 5)}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"by": "colour"}, "units have no 'colour'; group or choose by product"),
        ({"where": {"x'; DROP TABLE units; --": "1"}}, "units have no"),
        ({"since": "yesterday"}, "ISO 8601"),
    ],
)
def test_what_cannot_be_asked_is_refused(lots: Path, asked: Any, message: str) -> None:
    with pytest.raises(ToolError, match=message):
        ask_units(lots / "runs", Query(**asked))


def test_names_of_labels_that_could_be_sql_are_no_groups(
    lots: Path, keep_unit: Keep, board: Any
) -> None:
    keep_unit(lots, "odd", board("odd", "", {"x') --": "1", "shift": "night"}))

    assert not LABEL.fullmatch("x') --")
    assert ask_units(lots / "runs", Query()).labels == ["lot", "shift", "station"]


def test_without_inspections_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="no inspections are kept"):
        ask_units(tmp_path / "runs", Query())


def test_a_record_that_is_no_json_is_named(lots: Path) -> None:
    broken = next((lots / "runs").glob("*/inspections/*/inspection.json"))
    broken.write_text('{"id": ', "utf-8")

    with pytest.raises(ToolError, match="cannot be read"):
        ask_units(lots / "runs", Query())
