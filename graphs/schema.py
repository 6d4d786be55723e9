"""The published JSON Schema of an inspection. Knows nothing of files."""

from __future__ import annotations

from typing import Any

from graphs.records import FORMAT, Inspection


def inspection_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one `inspection.json`."""
    schema = Inspection.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": FORMAT,
        **schema,
    }
