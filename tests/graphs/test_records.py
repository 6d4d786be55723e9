from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import ValidationError

import graphs
from graphs.records import Finding, Inspection, Recall, Remediation, Usage, Verdict
from graphs.schema import inspection_schema
from tools.records import Asset, Evidence

SCHEMA_FILE = Path(graphs.__file__).parent / "inspection.schema.json"


@pytest.fixture
def inspection() -> Inspection:
    evidence = Evidence(id="E1", tool="score", values={"raw_score": 2.5, "levels": [1.0, 2.0]})
    return Inspection(
        id="a",
        asset=Asset(path="part.png", sha256="0" * 64, modality="image", size=[768, 768]),
        product=None,
        recall=Recall(product=None, given=False),
        mind="embedded",
        strategy="rounds",
        views=[],
        verdict=Verdict(
            decision="review",
            reason="no product is near",
            status="decided",
            findings=[Finding(id="F1", claim="a scratch", evidence_ids=["E1"])],
        ),
        evidence=[evidence],
        rounds=[],
        usage=Usage(),
        trace=[],
        created="2026-01-01T00:00:00+00:00",
    )


def test_an_inspection_survives_json(inspection: Inspection) -> None:
    assert Inspection.model_validate_json(inspection.model_dump_json()) == inspection


def test_an_inspection_satisfies_its_published_schema(inspection: Inspection) -> None:
    jsonschema.validate(json.loads(inspection.model_dump_json()), inspection_schema())


def test_the_committed_schema_is_the_one_that_the_records_have() -> None:
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == inspection_schema()


def test_an_inspection_survives_a_checkpoint(inspection: Inspection) -> None:
    serde = JsonPlusSerializer(allowed_msgpack_modules=[("graphs.records", "Inspection")])

    assert serde.loads_typed(serde.dumps_typed(inspection)) == inspection


def test_a_finding_without_evidence_is_refused() -> None:
    with pytest.raises(ValidationError, match="evidence_ids"):
        Finding(id="F1", claim="a scratch", evidence_ids=[])


def test_a_remediation_without_a_source_is_refused() -> None:
    with pytest.raises(ValidationError, match="source"):
        Remediation(text="replace the nozzle", source="")
