"""The conversation with a scripted VLM over the loopback endpoint, on records written by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.home import open_home
from agent.loopback import Loopback, loopback_endpoint
from agent.run_folder import RunFolder
from agent.settings import Settings
from evals.samples import sample_folder
from evals.talks import engineer
from evals.talks.planted import PLANTED_STATION, Board, photograph, plan_boards
from evals.talks.run import Held, talk, untraced
from evals.talks.stories import SCREWS
from graphs.records import Cause, Finding, Inspection, Recall, Usage, Verdict
from tools.records import Asset, Evidence

MODES = {"missing_screw": "missing-screw", "solder_splash": "solder-splash"}


def record(board: Board) -> Inspection:
    """As an inspector that errs in nothing would find the board."""
    mode = MODES.get(board.defect, "scratched-solder-mask")
    bad = board.defect != "normal"
    finding = Finding(id="F1", claim=board.defect, evidence_ids=["E1"], failure_mode=mode)
    cause = Cause(text=f"why {mode}", likelihood=0.9, evidence_ids=["E1"], source=mode)
    sha256 = hashlib.sha256(board.name.encode()).hexdigest()
    return Inspection(
        id=board.name,
        asset=Asset(path=f"/{board.name}.jpg", sha256=sha256, modality="image", size=[8, 8]),
        product="control-board",
        recall=Recall(product="control-board", given=True),
        mind="embedded",
        strategy="rounds",
        views=[],
        verdict=Verdict(
            decision="anomalous" if bad else "normal",
            reason="by hand",
            status="decided",
            findings=[finding] if bad else [],
            causes=[cause] if bad else [],
        ),
        evidence=[Evidence(id="E1", tool="score", text="by hand")],
        rounds=[],
        usage=Usage(),
        trace=[],
        created="2026-11-26T08:00:00+00:00",
        labels=board.labels,
    )


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("talks") / "home"
    with open_home(Settings(home=home)) as store:
        store.add(sample_folder() / "control-board")
    run = RunFolder(home / "runs" / "planted")
    for board in plan_boards(5):
        run.write_inspection(board.name, record(board))
    return home


@pytest.fixture
def endpoint() -> Iterator[Loopback]:
    with loopback_endpoint(engineer.scripted_engineer()) as serving:
        yield serving


def test_a_cause_is_planted_in_one_station_on_one_day() -> None:
    boards = plan_boards(5)
    bad = {(one.day, one.station) for one in boards if one.defect == "missing_screw"}

    assert len(boards) == 60
    assert bad == {("2026-11-24", PLANTED_STATION)}
    assert "defect" not in boards[0].labels


def test_boards_are_photographed_each_anew_and_what_is_planted_is_written(tmp_path: Path) -> None:
    boards = [one for one in plan_boards(2) if one.station == "S3"]
    paths = photograph(boards, tmp_path, seed=0)

    assert len({path.read_bytes() for path in paths}) == len(boards) == 6
    assert (tmp_path / "planted.csv").read_text("utf-8").splitlines()[3] == (
        "b24-s3-0,2026-11-24,S3,L2,missing_screw"
    )


async def test_the_scripted_vlm_goes_from_the_question_to_the_8d_report(
    plant: Path, endpoint: Loopback
) -> None:
    held = await talk(plant, SCREWS.said, model=endpoint.model, base_url=endpoint.base_url)
    first, confirmed, written = (done for _, done in held.turns)

    assert "On Tuesday 4 of 20 boards were anomalous [Q1]" in first.answer
    assert "S3 stands out with 4 of 5 [Q2]" in first.answer
    assert "R99" not in first.answer
    assert [one.id for one in first.citations] == [
        "Q1",
        "Q2",
        "Q3",
        "mode:control-board/missing-screw",
        "Q4",
        "H1",
    ]
    (hypothesis,) = confirmed.hypotheses
    assert [one.likelihood for one in hypothesis.history] == [0.7, 0.95]
    assert hypothesis.status == "confirmed"
    assert [Path(one.path).suffix for one in written.documents] == [".md", ".docx"]
    assert "4 of 5 [Q2], all with a missing screw [Q3]" in held.report
    # Q3 has one row, which needs no chart.
    assert held.report.count("](8d-report-") == 3
    bodies = [one.body or {} for one in endpoint.record.requests]
    refused = [one["messages"][-1]["content"] for one in bodies]
    assert sum("rule:control-board/R99" in str(one) for one in refused) == 1


async def test_every_number_is_traced_to_inspections_that_are_kept(
    plant: Path, endpoint: Loopback
) -> None:
    vlm = await talk(plant, SCREWS.said, model=endpoint.model, base_url=endpoint.base_url)
    embedded = await talk(plant, SCREWS.commanded)

    assert untraced(vlm, plant) == []
    assert untraced(embedded, plant) == []


async def test_a_number_that_no_result_has_is_seen(plant: Path) -> None:
    held = await talk(plant, SCREWS.commanded[:1])
    (said, done) = held.turns[0]
    lied = done.model_copy(update={"answer": done.answer.replace("4 of 20", "17 of 20")})

    assert untraced(Held(held.mind, [(said, lied)]), plant) == ["17 of 20"]
