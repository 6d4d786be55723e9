"""Checks `tools`, `tool_choice` and `response_format` as the API does. Knows no message."""

from __future__ import annotations

import re
from typing import Any

from agent.loopback.limits import Limits
from agent.loopback.refusals import (
    Refused,
    as_object,
    as_string,
    empty_array,
    long_array,
    missing,
    unknown,
    wrong_type,
    wrong_value,
)
from agent.loopback.strict.schemas import schema_problem
from agent.loopback.strict.tool_turns import check_tool_name

CHOICES = ("none", "auto", "required")
FORMAT_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
FUNCTION_FIELDS = ("name", "description", "parameters", "strict")


def check_tools(body: dict[str, Any], *, limits: Limits) -> None:
    """Refuse tools and a tool choice that the API refuses.

    Raises:
        Refused: for the first that is wrong.
    """
    if body.get("tools") is None:
        for name in ("tool_choice", "parallel_tool_calls"):
            if body.get(name) not in (None, "none"):
                raise Refused(
                    f"Invalid value for '{name}': '{name}' is only allowed when 'tools' are "
                    "specified.",
                    param=name,
                )
        return
    tools = body["tools"]
    if not isinstance(tools, list):
        raise wrong_type("tools", tools, expected="an array of objects")
    _check_number(tools, limits=limits)
    for index, tool in enumerate(tools):
        _check_tool(tool, f"tools[{index}]")
    names = [tool["function"]["name"] for tool in tools]
    _check_choice(body.get("tool_choice"), names=names)


def _check_number(tools: list[Any], *, limits: Limits) -> None:
    if not tools:
        raise empty_array("tools")
    if len(tools) > limits.max_tools:
        raise long_array("tools", n=len(tools), most=limits.max_tools)


def _check_tool(value: object, where: str) -> None:
    tool = as_object(value, where, needs=("type", "function"))
    if tool["type"] != "function":
        raise wrong_value(
            f"{where}.type", f"Invalid value: '{tool['type']}'. Supported values are: 'function'."
        )
    inner = f"{where}.function"
    function = as_object(tool["function"], inner, needs=("name",))
    for field in function:
        if field not in FUNCTION_FIELDS:
            raise unknown(f"{inner}.{field}")
    check_tool_name(function["name"], f"{inner}.name")
    as_string(function.get("description", ""), f"{inner}.description")
    _check_parameters(function, f"{inner}.parameters")


def _check_parameters(function: dict[str, Any], where: str) -> None:
    if "parameters" not in function:
        return
    problem = schema_problem(function["parameters"], strict=function.get("strict") is True)
    if problem is not None:
        raise Refused(
            f"Invalid schema for function '{function['name']}': {problem}",
            param=where,
            code="invalid_function_parameters",
        )


def _check_choice(choice: object, *, names: list[str]) -> None:
    if choice is None or choice in CHOICES:
        return
    if isinstance(choice, str):
        raise wrong_value(
            "tool_choice",
            f"Invalid value: '{choice}'. Supported values are: 'none', 'auto', and 'required'.",
        )
    if not isinstance(choice, dict):
        raise wrong_type("tool_choice", choice, expected="one of a string or object")
    inner = as_object(choice, "tool_choice", needs=("type", "function"))["function"]
    function = as_object(inner, "tool_choice.function", needs=("name",))
    name = as_string(function["name"], "tool_choice.function.name")
    if name not in names:
        raise Refused(f"Tool choice '{name}' not found in 'tools' parameter.", param="tool_choice")


def check_response_format(body: dict[str, Any]) -> None:
    """Refuse an answer format that the API refuses.

    Raises:
        Refused: unknown type, missing or impossible schema, `json_object` without the word.
    """
    wanted = body.get("response_format")
    if wanted is None:
        return
    kind = as_object(wanted, "response_format").get("type")
    if kind not in ("text", "json_object", "json_schema"):
        raise wrong_value(
            "response_format.type",
            f"Invalid value: '{kind}'. Supported values are: 'json_object', 'json_schema', and "
            "'text'.",
        )
    if kind == "json_object" and "json" not in str(body["messages"]).lower():
        raise Refused(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of "
            "type 'json_object'.",
            param="messages",
        )
    if kind == "json_schema":
        _check_json_schema(wanted.get("json_schema"))


def _check_json_schema(wanted: object) -> None:
    where = "response_format.json_schema"
    if wanted is None:
        raise missing(where)
    wanted = as_object(wanted, where, needs=("name", "schema"))
    if not FORMAT_NAME.fullmatch(as_string(wanted["name"], f"{where}.name")):
        raise wrong_value(
            f"{where}.name",
            f"Invalid '{where}.name': string does not match pattern. Expected a string that "
            "matches the pattern '^[a-zA-Z0-9_-]+$'.",
        )
    problem = schema_problem(wanted["schema"], strict=wanted.get("strict") is True)
    if problem is not None:
        raise Refused(
            f"Invalid schema for response_format '{wanted['name']}': {problem}",
            param="response_format",
        )
