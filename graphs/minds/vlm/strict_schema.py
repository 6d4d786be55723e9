"""JSON Schemas as structured output wants them. Knows no tool.

Source: OpenAI's guide to structured outputs: every property required, none beside them, no
defaults; what may be left out is null instead. Servers that do not enforce schemas read them too.
"""

from __future__ import annotations

from typing import Any

DROPPED = frozenset({"default", "title", "minLength", "maxLength", "uniqueItems"})


def strict_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with every property required and null allowed where it was optional.

    Args:
        schema: of pydantic's `model_json_schema`; `$ref`s into its `$defs` are resolved.
    """
    strict = _strict(schema, schema.get("$defs", {}))
    return {name: value for name, value in strict.items() if name != "$defs"}


def _strict(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found = definitions[schema["$ref"].rsplit("/", 1)[-1]]
        about = {"description": schema["description"]} if "description" in schema else {}
        return _strict({**found, **about}, definitions)
    kept = {
        name: value
        for name, value in schema.items()
        if name not in DROPPED and name not in ("properties", "$defs")
    }
    if "items" in kept:
        kept["items"] = _strict(kept["items"], definitions)
    if "anyOf" in kept:
        kept["anyOf"] = [_strict(one, definitions) for one in kept["anyOf"]]
    if schema.get("type") == "object":
        required = schema.get("required", [])
        properties = schema.get("properties", {})
        kept["properties"] = {
            name: _property(_strict(one, definitions), optional=name not in required)
            for name, one in properties.items()
        }
        kept |= {"required": list(properties), "additionalProperties": False}
    return kept


def _property(schema: dict[str, Any], *, optional: bool) -> dict[str, Any]:
    null = {"type": "null"}
    # Lists and texts say "nothing" by being empty.
    if not optional or schema.get("type") in ("array", "string"):
        return schema
    choices = schema.get("anyOf", [{k: v for k, v in schema.items() if k != "description"}])
    about = {"description": schema["description"]} if "description" in schema else {}
    return {"anyOf": [null, *(one for one in choices if one != null)], **about}
