from __future__ import annotations

from pathlib import Path
from typing import Any

from agent.trace import read_trace
from graphs.records import Inspection


def test_every_inspected_part_has_a_page_that_holds_all_it_shows(
    shown: Any, inspections: dict[str, Inspection], page_of: Any
) -> None:
    for one in inspections.values():
        page = page_of(shown.run.report_path(one.id).read_text("utf-8"))
        page.assert_holds_all_it_shows()
        assert {finding.id for finding in one.verdict.findings} <= set(page.ids)
        assert {evidence.id for evidence in one.evidence} <= set(page.ids)
        # The part and its nearest reference at least.
        assert len(page.sources) >= 2


def test_a_missing_screw_is_told_with_its_rule_failure_mode_and_cause(
    shown: Any, inspections: dict[str, Inspection], page_of: Any
) -> None:
    one = inspections["part_03.jpg"]
    text = page_of(shown.run.report_path(one.id).read_text("utf-8")).text
    for told in (
        "Rule R4",
        "Failure mode missing-screw: missing screw",
        "screw feeder ran empty or the operator left one out",
        "Nearest normal example: board_",
        "original 768 x 768 px",
    ):
        assert told in text, told


def test_a_trace_begins_and_ends_and_names_every_node(
    shown: Any, inspections: dict[str, Inspection]
) -> None:
    for one in inspections.values():
        trace = read_trace(shown.run.trace_path(one.id))
        assert (trace.lines[0].kind, trace.lines[-1].kind, trace.torn) == ("begin", "verdict", 0)
        nodes = [line.node for line in trace.lines if line.kind == "node"]
        assert nodes == [event.node for event in one.trace]


def test_the_page_of_the_run_links_to_every_part(
    shown: Any, inspections: dict[str, Inspection], page_of: Any
) -> None:
    page = page_of(shown.run.report_path().read_text("utf-8"))
    page.assert_holds_all_it_shows()
    linked = {
        (Path(shown.run.root) / link).resolve() for link in page.links if not link.startswith("#")
    }
    assert linked == {shown.run.report_path(one.id).resolve() for one in inspections.values()}
