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
TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def example_of(
    schema: dict[str, Any],
    known: Mapping[str, Any] | None = None,
    *,
    root: dict[str, Any] | None = None,
) -> Any:
    """A value of a schema: what is known by the name of a property, else the least there is.

    A known list of another kind than the schema's items gives one item of the schema for each of
    its own, filled with what is known.

    Args:
        schema: of the value; `anyOf` is taken by its first choice.
        known: values by the name of their property, at any depth.
        root: where `$ref` points into; by default the schema itself.
    """
    root = schema if root is None else root
    schema = _resolved(schema, root)
    if "enum" in schema or "const" in schema:
        return schema.get("enum", [schema.get("const")])[0]
    kind = _type(schema)
    if kind == "object":
        return _object(schema, known or {}, root=root)
    if kind in ("integer", "number"):
        return max(0, schema.get("minimum", 0))
    if kind == "array":
        least = schema.get("minItems", 0)
        return [example_of(schema.get("items", {}), known, root=root) for _ in range(least)]
    return EMPTY[kind]


def _object(
    schema: dict[str, Any], known: Mapping[str, Any], *, root: dict[str, Any]
) -> dict[str, Any]:
    required = schema.get("required", [])
    return {
        name: _property(name, _resolved(child, root), known, root=root)
        for name, child in schema.get("properties", {}).items()
        if name in required or name in known
    }


def _property(
    name: str, schema: dict[str, Any], known: Mapping[str, Any], *, root: dict[str, Any]
) -> Any:
    value = known.get(name)
    if name in known and _fits(value, schema, root=root):
        return value
    if isinstance(value, list) and _type(schema) == "array":
        return [example_of(schema["items"], known, root=root) for _ in value]
    return example_of(schema, known, root=root)


def _fits(value: object, schema: dict[str, Any], *, root: dict[str, Any]) -> bool:
    if "enum" in schema:
        return value in schema["enum"]
    kind = _type(schema)
    if isinstance(value, bool) and kind != "boolean":
        return False
    if not isinstance(value, TYPES.get(kind, object)):
        return False
    if isinstance(value, list) and "items" in schema:
        items = _resolved(schema["items"], root)
        return all(_fits(one, items, root=root) for one in value)
    return True


def _type(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "null")
    return str(kind[0] if isinstance(kind, list) else kind)


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return _resolved(found, root)
    if "anyOf" in schema:
        return _resolved(schema["anyOf"][0], root)
    return schema
