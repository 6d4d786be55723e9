"""Failure modes, causes and remedies of records, against the committed FMEA of magnetic tiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from evals.results.measures.explaining import CHANCE, EXPLAINED, MODES, measure_explanations
from evals.results.records import Results
from evals.results.rescoring import RescoreError
from evals.runner.committed import failure_modes_of
from evals.runner.rows import Row
from graphs.records import Cause, Finding, Inspection, Recall, Remediation, Usage, Verdict
from tools.records import Asset, ImageExtent, Region

MakeRow = Callable[..., Row]
MakeResults = Callable[..., Results]
Keep = Callable[..., str]
TILE, PCB = "magnetic_tile", "deeppcb"


def _cause(mode_id: str, product: str, evidence: str, likelihood: float = 0.5) -> Cause:
    mode = next(one for one in failure_modes_of(product) if one.id == mode_id)
    source = f"{mode.id}: {mode.mode} ({mode.source})"
    return Cause(text=mode.cause, likelihood=likelihood, evidence_ids=[evidence], source=source)


def _remedy(mode_id: str, product: str) -> Remediation:
    mode = next(one for one in failure_modes_of(product) if one.id == mode_id)
    return Remediation(text=mode.remediation, source=f"{mode.id}: {mode.mode} ({mode.source})")


def _region(number: int, *box_xyxy: float) -> Region:
    box = list(box_xyxy)
    return Region(id=number, view="V1", box_xyxy=box, source=ImageExtent(box_xyxy=box))


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Keeps the record of a verdict; gives its place below the run's folder."""

    def make(name: str, **verdict: Any) -> str:
        judged = Verdict(decision="anomalous", reason="r", status="decided", **verdict)
        record = Inspection(
            id=name,
            asset=Asset(path="part.png", sha256="0" * 64, modality="image", size=[99, 99]),
            product="p",
            recall=Recall(product="p", given=True, references=[]),
            mind="embedded",
            strategy="rounds",
            views=[],
            verdict=judged,
            evidence=[],
            rounds=[],
            usage=Usage(),
            trace=[],
            created="2026-01-01T00:00:00+00:00",
        )
        place = tmp_path / "runs" / name / "inspection.json"
        place.parent.mkdir(parents=True)
        place.write_text(record.model_dump_json())
        return place.relative_to(tmp_path).as_posix()

    return make


def _of(results: Results, part: str) -> dict[tuple[str, str], tuple[float, int]]:
    return {
        (one.method, one.subject): (one.value, one.n)
        for one in measure_explanations(results)
        if one.part == part
    }


def _mode_ids(product: str) -> Sequence[str]:
    return [mode.id for mode in failure_modes_of(product)]


def test_the_right_row_its_words_and_a_wrong_one(
    row: MakeRow, results: MakeResults, keep: Keep
) -> None:
    first, second = _mode_ids(TILE)[:2]
    names = {mode.id: mode.mode for mode in failure_modes_of(TILE)}
    right = keep(
        "a",
        findings=[],
        causes=[_cause(first, TILE, "E1", 0.9), _cause(second, TILE, "E1", 0.2)],
        remediation=[_remedy(first, TILE)],
    )
    own_words = _cause(first, TILE, "E1").model_copy(update={"text": "the kiln was sad"})
    wrong = keep("b", findings=[], causes=[own_words], remediation=[_remedy(second, TILE)])
    silent = keep("c", findings=[], causes=[], remediation=[])
    known = {"data_set": TILE, "gt_label": 1, "decision": "anomalous"}
    rows = [
        row("s1", **known, defect_type=names[first], record=right),
        row("s2", **known, defect_type=names[second], record=wrong),
        row("s3", data_set=TILE, record=silent),
    ]

    told = results(rows)

    named = _of(told, f"{MODES}, {TILE}")
    assert named["plain", "right at 1"] == (0.5, 2)
    assert named["plain", "rightly none"] == (1.0, 1)
    assert named[CHANCE, "right at 1"] == (1 / len(_mode_ids(TILE)), 2)
    explained = _of(told, f"{EXPLAINED}, {TILE}")
    assert explained["plain", "cause: right source"] == (0.5, 2)
    assert explained["plain", "cause: right text"] == (0.5, 2)
    # Both remedies are rows of the FMEA, the second of the wrong row's place.
    assert explained["plain", "remediation: right source"] == (1.0, 2)
    # Of five texts told one stands nowhere in the FMEA.
    assert explained["plain", "told without support in the FMEA"] == (1 / 5, 5)


def test_each_labelled_box_is_a_case_and_a_finding_beside_them_should_name_none(
    row: MakeRow, results: MakeResults, keep: Keep
) -> None:
    names = {mode.mode: mode.id for mode in failure_modes_of(PCB)}
    regions = [
        _region(1, 10, 10, 20, 20),
        _region(2, 80, 80, 90, 90),
    ]
    findings = [
        Finding(id="F1", claim="c", evidence_ids=["E1"], region=1),
        Finding(id="F2", claim="c", evidence_ids=["E2"], region=2),
    ]
    causes = [
        _cause(names["spur"], PCB, "E1"),
        _cause(names["mouse bite"], PCB, "E2"),
    ]
    record = keep("a", regions=regions, findings=findings, causes=causes, remediation=[])
    one = row(
        "s1",
        data_set=PCB,
        gt_label=1,
        decision="anomalous",
        record=record,
        gt_boxes_xyxy=[[10, 10, 21, 21], [40, 40, 50, 50]],
        gt_box_types=["spur", "open"],
    )

    named = _of(results([one]), f"{MODES}, {PCB}")

    # The spur is named; nothing hits the open circuit; the finding that hits nothing names a mode.
    assert named["plain", "right at 1"] == (0.5, 2)
    assert named["plain", "rightly none"] == (0.0, 1)


def test_a_sample_that_was_not_answered_is_explained_wrongly(
    row: MakeRow, results: MakeResults
) -> None:
    names = [mode.mode for mode in failure_modes_of(TILE)]
    lost = {"data_set": TILE, "gt_label": 1, "defect_type": names[0], "decision": None}
    rows = [
        row("s1", **lost, status="failed", reason="refused"),
        row("s2", **lost, status="failed", reason="instrument_failed"),
    ]

    named = _of(results(rows), f"{MODES}, {TILE}")

    assert named["plain", "right at 1"] == (0.0, 1)


def test_a_record_that_is_gone_is_named(row: MakeRow, results: MakeResults) -> None:
    rows = [row("s1", data_set=TILE, record="runs/x/inspection.json")]

    with pytest.raises(RescoreError, match=r"runs/x/inspection.json is missing"):
        list(measure_explanations(results(rows)))


def test_a_product_without_an_fmea_has_no_figures(row: MakeRow, results: MakeResults) -> None:
    assert list(measure_explanations(results([row("s1")]))) == []
