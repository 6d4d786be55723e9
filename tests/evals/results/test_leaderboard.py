"""The page of runs, and when a printed number may stand beside one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.results.leaderboard import LeaderboardError, find_runs, page_of
from evals.results.published import differences, published_for
from evals.results.records import Results
from evals.results.report import write_results
from evals.runner.rows import Row
from evals.suites import list_suites

MakeRow = Callable[..., Row]
MakeResults = Callable[..., Results]


def _page(row: MakeRow, results: MakeResults, tmp_path: Path, **suite: object) -> str:
    rows = [row(f"s{n}", gt_label=n % 2, raw_score=float(n)) for n in range(4)]
    write_results(results(rows, **suite), out=tmp_path / "runs" / "mine")
    return page_of(find_runs(tmp_path / "runs"), title="Ours")


def test_a_run_stands_on_the_page_with_its_tables_and_how_it_was_made(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    page = _page(row, results, tmp_path, figures=["roc"])
    assert "<h3>mine &middot; embedded &middot; casting</h3>" in page
    assert "<td>0.750 [" in page
    assert "<code>loupe eval run mine</code>, commit c0ffee, seed 0" in page
    assert page.count("data:image/png;base64,") == 1


def test_the_page_asks_for_nothing_from_elsewhere(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    page = _page(row, results, tmp_path, figures=["roc"])
    assert re.findall(r"(?:src|href)=\"(?!data:|#)", page) == []
    assert "<script" not in page
    assert "default-src 'none'" in page


def test_what_a_run_says_is_text_and_never_markup(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    page = _page(row, results, tmp_path, title="<script>alert(1)</script>")
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_printed_numbers_of_other_data_carry_a_warning(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    page = _page(row, results, tmp_path, published="gpt4v_ad", limit=4)
    assert "Not comparable with this run." in page
    assert "Other data: casting here, mvtec_ad there." in page
    assert "At most 4 samples of each product." in page
    assert "The table cannot be right" in page
    assert 'class="printed same"' not in page


def test_a_run_of_the_same_protocol_and_data_may_stand_beside_the_printed_numbers() -> None:
    table = published_for("one_shot")[0]
    same = {"suite": "one-shot", "data": ["mvtec_ad"], "limit": 0}
    assert differences(table, **same) == []  # type: ignore[arg-type]
    assert differences(table, **{**same, "data": ["mvtec_ad/bottle"]}) == [  # type: ignore[arg-type]
        "Some products only."
    ]
    assert len(differences(table, suite="rounds", data=["visa"], limit=5)) == 3
    assert differences(table, **same, reads_prompts=False) == [  # type: ignore[arg-type]
        "No prompt was read: verdicts of the embedded mind stand for the answers."
    ]


@pytest.mark.parametrize("suite", [one for one in list_suites() if one.published])
def test_what_suites_name_is_printed_somewhere(suite: object) -> None:
    entries = published_for(suite.published)  # type: ignore[attr-defined]
    assert entries
    assert any(suite.name in one.suites for one in entries)  # type: ignore[attr-defined]


def test_every_printed_row_has_a_number_for_each_column() -> None:
    for key in (
        "one_shot",
        "one_shot_robustness",
        "one_shot_thresholds",
        "customizable_vlm",
        "visa_dr",
        "gpt4v_ad",
        "anomaly_ov_zero_shot",
    ):
        for table in published_for(key):
            assert {len(values) for values in table.rows.values()} == {len(table.columns)}


def test_tables_that_cannot_be_say_so() -> None:
    assert all(one.impossible and one.warning for one in published_for("gpt4v_ad"))


def test_a_folder_without_runs_is_told(tmp_path: Path) -> None:
    with pytest.raises(LeaderboardError, match="holds no results of a suite"):
        find_runs(tmp_path)


def test_tables_of_another_kind_are_left_alone_and_broken_ones_are_told(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    _page(row, results, tmp_path)
    other = tmp_path / "runs" / "readme" / "table.json"
    other.parent.mkdir()
    other.write_text('{"format": "loupe.table/1"}')
    assert [run.name for run in find_runs(tmp_path / "runs")] == ["mine"]
    other.write_text("{")
    with pytest.raises(LeaderboardError, match=r"readme/table.json is no table of a run"):
        find_runs(tmp_path / "runs")
