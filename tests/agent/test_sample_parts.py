"""The sample parts end to end: what is claimed rests on evidence that says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image

from agent.commands.demo import Samples
from graphs.records import Finding, Inspection
from graphs.schema import inspection_schema
from knowledge.store import open_store
from tools.records import Evidence, Region

Inspections = dict[str, Inspection]
COUNTED = {
    "missing_screw": "R4",
    "missing_capacitor": "R5",
    "wrong_count_pins": "R6",
    "wrong_count_resistors": "R7",
}
"""Defects that a count decides, and the rule that limits it."""


def speaks_against_the_part(evidence: Evidence) -> bool | None:
    """Whether a value is beyond what normal parts have; None where there is no such value."""
    values = evidence.values
    if "within" in values:
        return not values["within"]
    if "expected" in values:
        return values["found"] != values["expected"] or float(str(values["off_px"])) > 0
    if "normal_level" in values and "peak" in values:
        return float(str(values["peak"])) > float(str(values["normal_level"]))
    return None


def overlap(first: Region, second: Region) -> bool:
    a, b = first.box_xyxy, second.box_xyxy
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def cited(inspection: Inspection, finding: Finding) -> list[Evidence]:
    by_id = {evidence.id: evidence for evidence in inspection.evidence}
    return [by_id[name] for name in finding.evidence_ids]


def all_findings(inspections: Inspections) -> list[tuple[Inspection, Finding]]:
    return [(one, f) for one in inspections.values() for f in one.verdict.findings]


def test_every_sample_part_is_decided(inspections: Inspections, samples: Samples) -> None:
    assert sorted(inspections) == sorted(path.name for path in samples.parts)
    assert {one.verdict.status for one in inspections.values()} == {"decided"}
    assert {(one.product, one.recall.given) for one in inspections.values()} == {
        ("control-board", False)
    }


def test_missing_parts_and_wrong_counts_are_anomalous_and_break_their_rule(
    inspections: Inspections, samples: Samples
) -> None:
    for name, defect in samples.truths.items():
        if defect in COUNTED:
            verdict = inspections[name].verdict
            broken = {rule for finding in verdict.findings for rule in finding.rule_ids}
            assert (name, verdict.decision) == (name, "anomalous")
            assert COUNTED[defect] in broken


def test_no_normal_part_is_called_anomalous(inspections: Inspections, samples: Samples) -> None:
    decisions = {
        inspections[name].verdict.decision
        for name, defect in samples.truths.items()
        if defect == "normal"
    }

    assert decisions <= {"normal", "review"}


def test_every_inspection_file_satisfies_the_published_schema(shown: Any) -> None:
    files = list((shown.run.root / "inspections").glob("*/inspection.json"))

    assert len(files) == 12
    for file in files:
        jsonschema.validate(json.loads(file.read_text("utf-8")), inspection_schema())


def test_every_finding_cites_evidence_that_exists(inspections: Inspections) -> None:
    for one, finding in all_findings(inspections):
        assert set(finding.evidence_ids) <= {evidence.id for evidence in one.evidence}


def test_every_findings_region_lies_in_the_window_of_the_cited_evidence(
    inspections: Inspections,
) -> None:
    found = [(one, f) for one, f in all_findings(inspections) if f.region is not None]

    assert found
    for one, finding in found:
        region = next(r for r in one.verdict.regions if r.id == finding.region)
        views = {view.id: view for view in one.views}
        seen = [e for e in cited(one, finding) if e.view is not None]
        assert any(views[str(e.view)].contains(region.box_xyxy) for e in seen)
        assert all(overlap(e.region, region) for e in seen if e.region is not None)


def test_every_finding_cites_a_value_that_supports_it_and_none_that_contradicts(
    inspections: Inspections,
) -> None:
    for one, finding in all_findings(inspections):
        verdicts = [speaks_against_the_part(evidence) for evidence in cited(one, finding)]
        assert True in verdicts, (one.id, finding.claim)
        assert False not in verdicts, (one.id, finding.claim)


def test_every_cause_and_remediation_comes_from_a_failure_mode_of_the_product(
    inspections: Inspections, known_home: Path
) -> None:
    with open_store(known_home) as store:
        modes = store.product("control-board").failure_modes
    remediations = [r for one in inspections.values() for r in one.verdict.remediation]
    causes = [c for one in inspections.values() for c in one.verdict.causes]

    assert remediations
    assert causes
    for remediation in remediations:
        assert any(m.remediation in remediation.text and m.id in remediation.source for m in modes)
    for cause in causes:
        assert any(m.cause in cause.text and m.id in cause.source for m in modes)


def test_rules_that_are_cited_are_rules_of_the_product(
    inspections: Inspections, known_home: Path
) -> None:
    with open_store(known_home) as store:
        known = {rule.id for rule in store.product("control-board").rules}

    assert {rule for _, f in all_findings(inspections) for rule in f.rule_ids} <= known


def test_a_normal_verdict_claims_nothing(inspections: Inspections) -> None:
    for one in inspections.values():
        if one.verdict.decision == "normal":
            assert (one.verdict.findings, one.verdict.remediation) == ([], [])


def test_every_picture_that_a_record_names_is_kept(shown: Any, inspections: Inspections) -> None:
    kept = {path.stem for path in shown.run.artifacts.glob("*.png")}

    for one in inspections.values():
        assert {view.artifact for view in one.views} <= kept
        assert {e.artifact for e in one.evidence if e.artifact is not None} <= kept


def test_an_overlay_is_the_picture_with_something_drawn(
    shown: Any, inspections: Inspections
) -> None:
    one = next(i for i in inspections.values() if i.verdict.decision == "anomalous")
    with Image.open(shown.run.overlay_path(one.id)) as overlay:
        drawn = np.asarray(overlay.convert("RGB"))

    assert drawn.shape[1] == one.asset.size[0]
    assert drawn.shape[0] > one.asset.size[1]


def test_the_demo_prints_a_row_for_every_part_and_where_its_picture_lies(
    shown: Any, samples: Samples, inspections: Inspections
) -> None:
    assert shown.code == 0
    for path in samples.parts:
        assert path.name in shown.out
    for one in inspections.values():
        assert str(shown.run.overlay_path(one.id)) in shown.out
    assert f"run folder: {shown.run.root}" in shown.out
    assert "error" not in shown.err


def test_a_run_tells_settings_versions_command_and_seed(shown: Any) -> None:
    record = shown.run.read_run()

    assert record["format"] == "loupe.run/1"
    assert record["settings"]["strategy"] == "rounds"
    assert "api_key" not in record["settings"]
    assert {"loupe", "torch", "langgraph", "python"} <= record["versions"].keys()
    assert record["seed"] == 0
    assert len(record["paths"]) == 12


@pytest.mark.parametrize("name", ["inspection.json", "overlay.png"])
def test_nothing_half_written_is_left(shown: Any, name: str) -> None:
    assert not list(shown.home.rglob("*.partial"))
    assert all((folder / name).is_file() for folder in (shown.run.root / "inspections").iterdir())
