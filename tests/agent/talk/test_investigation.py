"""From "why did yield drop on Tuesday" to an 8D report, with the embedded mind on kept runs."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.conversations import Conversations
from agent.inspector import Inspector
from agent.settings import Settings
from agent.units import ask_units
from graphs.conversation.queries import Query, QueryResult

SAID = (
    "why did yield drop on Tuesday?",
    "five whys",
    "is / is not",
    "ishikawa",
    "H1 is confirmed: the feeder's empty sensor was bypassed",
    "corrective action",
    "write the 8D report",
)


@pytest.fixture(scope="module")
def told(
    all_lots: Path, known_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Any], Conversations, Path]:
    """The conversation, held once: no test goes on with it."""
    home = Path(shutil.copytree(all_lots, tmp_path_factory.mktemp("investigation") / "lots"))
    shutil.copytree(known_home / "knowledge", home / "knowledge")

    async def hold(talks: Conversations) -> list[Any]:
        return [[event async for event in talks.say("rca", text)][-1] for text in SAID]

    with Inspector(Settings(home=home)) as inspector:
        talks = Conversations(inspector)
        return asyncio.run(hold(talks)), talks, home


async def test_the_planted_station_is_found_and_the_report_is_written(told: Any) -> None:
    done, _, _ = told
    first, whys, contrast, bones, confirmed, action, report = done

    assert "4 of 20 units were anomalous (20.0%)" in first.answer
    assert "station S3: 4 of 5 anomalous, elsewhere 0 of 15 (Fisher p = 0.001)" in first.answer
    assert first.hypotheses[0].text.startswith(
        "At station S3 on 2026-11-24: screw feeder ran empty"
    )
    assert "assumption, not shown by evidence" in whys.answer
    assert "| where | station S3 [Q3] | other stations: 0 of 15 [Q3] |" in contrast.answer
    assert "Machine: screw feeder ran empty" in bones.answer
    assert confirmed.hypotheses[0].status == "confirmed"
    assert [Path(one.path).suffix for one in action.documents] == [".md", ".docx"]
    assert report.answer.startswith("Written: 8d-report.md, 8d-report.docx. It cites Q1")
    text = Path(report.documents[0].path).read_text("utf-8")
    assert "confirmed: the feeder's empty sensor was bypassed) [H1]" in text
    assert all(f"## D{number} " in text for number in range(1, 9))


async def test_every_number_of_the_report_is_traced_to_inspections(told: Any) -> None:
    done, _, home = told
    text = Path(done[-1].documents[0].path).read_text("utf-8")
    claims, sources = text.split("## Sources")
    queries = set(re.findall(r"\bQ[1-9]\b", claims))
    assert queries == {"Q1", "Q3", "Q4", "Q5"}
    listed = dict(re.findall(r"^- \[(Q\d)\] .*? Inspections: (.*)\.$", sources, re.MULTILINE))
    for one in queries:
        for ref in listed[one].split(", "):
            run, asset = ref.split("/")
            assert (home / "runs" / run / "inspections" / asset / "inspection.json").is_file()
    # 4 of 5 at S3 on that day: counted anew from the runs.
    again = ask_units(home / "runs", Query(by="station", where={"day": "2026-11-24"}))
    row = next(one for one in again.rows if one.group == "S3")
    assert f"{row.anomalous} of {row.units} anomalous, elsewhere 0 of 15" in claims
    assert set(row.refs) <= set(listed["Q3"].split(", "))


async def test_other_charts_in_between_do_not_hide_the_problem(lots: Path) -> None:
    said = ("why did yield drop on Tuesday?", "p-chart by week", "trend", "p-chart", "is / is not")
    with Inspector(Settings(home=lots)) as inspector:
        talks = Conversations(inspector)
        done: list[Any] = [[one async for one in talks.say("t", text)][-1] for text in said]

    assert "Anomalous units in the order of time by day" in done[2].answer
    assert "| when | 2026-11-24 [Q" in done[4].answer


async def test_results_of_a_thread_are_kept_with_their_rows(told: Any) -> None:
    done, talks, _ = told
    cited = {one.id: one for one in done[0].citations}

    assert QueryResult.model_validate(cited["Q1"].data).n_units == 60
    assert [turn.said for turn in await talks.turns("rca")] == list(SAID)
