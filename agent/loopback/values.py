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
    "null": type(None),
}


def example_of(
    schema: dict[str, Any],
    known: Mapping[str, Any] | None = None,
    *,
    root: dict[str, Any] | None = None,
) -> Any:
    """A value of a schema: what is known by the name of a property, else the least there is.

    A known list whose items the schema does not allow gives one item of the schema for each of
    them: filled with what a mapping among them says, else with what is known.

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
        name: _property(name, child, known, root=root)
        for name, child in schema.get("properties", {}).items()
        if name in required or name in known
    }


def _property(
    name: str, schema: dict[str, Any], known: Mapping[str, Any], *, root: dict[str, Any]
) -> Any:
    if name not in known:
        return example_of(schema, known, root=root)
    value = known[name]
    schema = _followed(schema, root)
    choices = [_resolved(one, root) for one in schema.get("anyOf", [schema])]
    lists = [one for one in choices if _type(one) == "array"]
    if any(_fits(value, one, root=root) for one in choices):
        return value
    if isinstance(value, list) and lists:
        return [_item(one, lists[0]["items"], known, root=root) for one in value]
    return example_of(schema, known, root=root)


def _item(
    value: object, schema: dict[str, Any], known: Mapping[str, Any], *, root: dict[str, Any]
) -> Any:
    return example_of(schema, value if isinstance(value, dict) else known, root=root)


def _fits(value: object, schema: dict[str, Any], *, root: dict[str, Any]) -> bool:
    if "enum" in schema:
        return value in schema["enum"]
    kind = _type(schema)
    is_of_kind = isinstance(value, TYPES.get(kind, type(None)))
    if kind == "object" or not is_of_kind or (isinstance(value, bool) and kind != "boolean"):
        return False
    if isinstance(value, list) and "items" in schema:
        items = _resolved(schema["items"], root)
        return all(_fits(one, items, root=root) for one in value)
    return True


def _type(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "null")
    return str(kind[0] if isinstance(kind, list) else kind)


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """The schema behind references, and the first choice of several."""
    schema = _followed(schema, root)
    return _resolved(schema["anyOf"][0], root) if "anyOf" in schema else schema


def _followed(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Any = root
    for step in schema["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return _followed(found, root)
