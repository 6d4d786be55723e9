"""Checks JSON Schemas of functions and answers, and what `strict` asks of them.

Source: OpenAI's guide to structured outputs, supported schemas.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

MAX_DEPTH = 10
MAX_PROPERTIES = 5000
FORBIDDEN = (
    "allOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "unevaluatedProperties",
    "propertyNames",
    "prefixItems",
    "uniqueItems",
    "default",
)
"""Keywords that a strict schema may not have."""
TYPED_BY = ("type", "anyOf", "$ref", "enum", "const")


class Node(NamedTuple):
    """A schema within a schema."""

    schema: dict[str, Any]
    context: tuple[str, ...]
    depth: int


def schema_problem(schema: object, *, strict: bool) -> str | None:
    """What is wrong with the schema of a function or an answer; None where nothing is.

    Args:
        schema: as it came.
        strict: whether it must also be one that the API can enforce.
    """
    if not isinstance(schema, dict):
        return f"{schema!r} is not of type 'object', 'boolean'."
    if schema.get("type") != "object":
        found = schema.get("type", "None")
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{found}\"'."
    # A client sends the same tools with every request.
    return _problem_of(json.dumps(schema), strict)


@lru_cache(maxsize=256)
def _problem_of(text: str, strict: bool) -> str | None:
    from jsonschema import Draft202012Validator, SchemaError

    schema = json.loads(text)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"{error.message}."
    problems = _strict_problems(schema) if strict else _loose_problems(schema)
    return next(problems, None)


def _loose_problems(schema: dict[str, Any]) -> Iterator[str]:
    for node in _nodes(schema):
        types = _types(node.schema)
        if "array" in types and "items" not in node.schema and "prefixItems" not in node.schema:
            yield f"{_at(node)}, array schema missing items."


def _strict_problems(schema: dict[str, Any]) -> Iterator[str]:
    n_properties = 0
    for node in _nodes(schema):
        n_properties += len(node.schema.get("properties", {}))
        if node.depth > MAX_DEPTH:
            yield f"{_at(node)}, schema exceeds the maximum depth of {MAX_DEPTH}."
        for keyword in FORBIDDEN:
            if keyword in node.schema:
                yield f"{_at(node)}, '{keyword}' is not permitted."
        yield from _form_problems(node)
        if "object" in _types(node.schema):
            yield from _object_problems(node)
    if n_properties > MAX_PROPERTIES:
        yield f"schema exceeds the maximum of {MAX_PROPERTIES} properties."


def _form_problems(node: Node) -> Iterator[str]:
    siblings = set(node.schema) - {"$ref", "$defs", "definitions"}
    if "$ref" in node.schema and siblings:
        yield f"{_at(node)}, $ref cannot have keywords {sorted(siblings)}."
    if not any(keyword in node.schema for keyword in TYPED_BY):
        yield f"{_at(node)}, schema must have a 'type' key."
    if "array" in _types(node.schema) and "items" not in node.schema:
        yield f"{_at(node)}, array schema missing items."


def _object_problems(node: Node) -> Iterator[str]:
    if node.schema.get("additionalProperties") is not False:
        yield f"{_at(node)}, 'additionalProperties' is required to be supplied and to be false."
    properties = node.schema.get("properties", {})
    required = node.schema.get("required")
    absent = [name for name in properties if name not in (required or [])]
    if absent or (required is None and properties):
        yield (
            f"{_at(node)}, 'required' is required to be supplied and to be an array including "
            f"every key in properties. Missing '{absent[0]}'."
        )
    extra = [name for name in required or [] if name not in properties]
    if extra:
        yield f"{_at(node)}, 'required' has the extra key '{extra[0]}'."


def _nodes(schema: dict[str, Any]) -> Iterator[Node]:
    """Every schema within, the whole one first."""
    waiting = [Node(schema, (), 1)]
    while waiting:
        node = waiting.pop(0)
        yield node
        waiting.extend(_children(node))


def _children(node: Node) -> Iterator[Node]:
    for keyword in ("properties", "$defs", "definitions"):
        deeper = node.depth + (keyword == "properties")
        for name, child in _mapping(node.schema.get(keyword)).items():
            if isinstance(child, dict):
                yield Node(child, (*node.context, keyword, name), deeper)
    items = node.schema.get("items")
    if isinstance(items, dict):
        yield Node(items, (*node.context, "items"), node.depth)
    for index, child in enumerate(node.schema.get("anyOf", [])):
        if isinstance(child, dict):
            yield Node(child, (*node.context, "anyOf", str(index)), node.depth)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _types(schema: dict[str, Any]) -> list[str]:
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _at(node: Node) -> str:
    return f"In context={node.context!r}"
