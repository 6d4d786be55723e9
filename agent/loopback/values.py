"""Values that a JSON Schema allows. Knows nothing of what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EMPTY: dict[str, Any] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "array": [],
    "null": None,
}


def example_of(
    schema: dict[str, Any],
    known: Mapping[str, Any] | None = None,
    *,
    root: dict[str, Any] | None = None,
) -> Any:
    """A value of a schema: what is known by the name of a property, else the least there is.

    Args:
        schema: of the value.
        known: values by the name of their property, at any depth.
        root: where `$ref` points into; by default the schema itself.
    """
    root = schema if root is None else root
    schema = _resolved(schema, root)
    if "enum" in schema or "const" in schema:
        return schema.get("enum", [schema.get("const")])[0]
    kind = schema.get("type", "object" if "properties" in schema else "null")
    if isinstance(kind, list):
        kind = kind[0]
    if kind != "object":
        return max(EMPTY[kind], schema.get("minimum", 0)) if kind == "integer" else EMPTY[kind]
    wanted = schema.get("required", [])
    return {
        name: known[name] if known and name in known else example_of(child, known, root=root)
        for name, child in schema.get("properties", {}).items()
        if name in wanted or (known and name in known)
    }


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return _resolved(found, root)
    if "anyOf" in schema:
        return _resolved(schema["anyOf"][0], root)
    return schema
