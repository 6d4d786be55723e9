from __future__ import annotations

from typing import Any

import pytest

from agent.rows import Rows, shows_status, table_of, usage_line
from graphs.records import Inspection, Usage


def vlm(one: Inspection, *, status: str = "decided", **usage: Any) -> Inspection:
    spent = Usage(vlm_calls=2, input_tokens=900, cached_tokens=300, output_tokens=50, **usage)
    verdict = one.verdict.model_copy(update={"status": status})
    degraded = ["no answer in 3 tries."] if status == "degraded" else []
    return one.model_copy(update={"verdict": verdict, "usage": spent, "degraded": degraded})


@pytest.fixture
def part(inspections: dict[str, Inspection]) -> Inspection:
    return inspections["part_01.jpg"]


def test_embedded_inspections_that_were_decided_need_no_column_of_status(part: Inspection) -> None:
    assert not shows_status([part])
    assert [column.header for column in table_of([part]).columns][1:3] == ["decision", "score"]


def test_who_could_not_decide_stands_in_a_column_of_its_own(part: Inspection) -> None:
    table = table_of([vlm(part), vlm(part, status="degraded")])

    status = next(column for column in table.columns if column.header == "status")
    assert list(status.cells) == ["decided", "degraded"]


def test_a_degraded_inspection_is_told_on_stderr_with_its_reason(
    part: Inspection, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = Rows(as_json=True)

    rows.add(vlm(part, status="degraded"))

    told = capsys.readouterr().err
    assert "degraded, decided by the experts: no answer in 3 tries." in told
    assert rows.exit_code(None) == 0


def test_what_the_vlm_cost_is_summed_over_all_parts(part: Inspection) -> None:
    line = usage_line([vlm(part, images=3, cost_usd=0.01), vlm(part, images=1)])

    assert (
        line == "VLM: 4 calls, 1800 tokens in (600 cached), 100 out, 4 pictures, 0.0100 US dollars"
    )
