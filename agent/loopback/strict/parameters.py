"""Checks the parameters beside messages and tools: known, of their type, within their range."""

from __future__ import annotations

from typing import Any, NamedTuple

from agent.loopback.refusals import Refused, as_string, long_array, unknown, wrong_type


class Parameter(NamedTuple):
    """What a parameter may be."""

    expected: str
    types: tuple[type, ...]
    least: float | None = None
    most: float | None = None


NUMBER = (int, float)
MAX_STOPS = 4
PARAMETERS: dict[str, Parameter] = {
    "messages": Parameter("an array of objects", (list,)),
    "model": Parameter("a string", (str,)),
    "tools": Parameter("an array of objects", (list,)),
    "tool_choice": Parameter("one of a string or object", (str, dict)),
    "parallel_tool_calls": Parameter("a boolean", (bool,)),
    "response_format": Parameter("an object", (dict,)),
    "stream": Parameter("a boolean", (bool,)),
    "stream_options": Parameter("an object", (dict,)),
    "temperature": Parameter("a decimal", NUMBER, 0, 2),
    "top_p": Parameter("a decimal", NUMBER, 0, 1),
    "frequency_penalty": Parameter("a decimal", NUMBER, -2, 2),
    "presence_penalty": Parameter("a decimal", NUMBER, -2, 2),
    "n": Parameter("an integer", (int,), 1, 128),
    "max_tokens": Parameter("an integer", (int,), 1),
    "max_completion_tokens": Parameter("an integer", (int,), 1),
    "seed": Parameter("an integer", (int,)),
    "stop": Parameter("one of a string or array of strings", (str, list)),
    "logprobs": Parameter("a boolean", (bool,)),
    "top_logprobs": Parameter("an integer", (int,), 0, 20),
    "logit_bias": Parameter("an object", (dict,)),
    "user": Parameter("a string", (str,)),
    "metadata": Parameter("an object", (dict,)),
    "store": Parameter("a boolean", (bool,)),
    "service_tier": Parameter("a string", (str,)),
    "reasoning_effort": Parameter("a string", (str,)),
    "verbosity": Parameter("a string", (str,)),
    "prompt_cache_key": Parameter("a string", (str,)),
    "prompt_cache_options": Parameter("an object", (dict,)),
    "prompt_cache_retention": Parameter("a string", (str,)),
    "safety_identifier": Parameter("a string", (str,)),
    "modalities": Parameter("an array of strings", (list,)),
}
"""Every parameter that this endpoint takes; those of audio, web search and prediction it refuses,
as the real API does for models without them."""
NOT_SERVED: dict[str, Any] = {"n": 1, "logprobs": False}
"""Parameters that the real API serves and this endpoint only at one value."""


def check_parameters(body: dict[str, Any]) -> None:
    """Refuse parameters that are unknown, of another type or out of range.

    Raises:
        Refused: for the first.
    """
    if not body.get("model"):
        raise Refused("you must provide a model parameter")
    for name, value in body.items():
        if name not in PARAMETERS:
            raise unknown(name)
        if value is not None:
            _check_value(name, value, PARAMETERS[name])
    for name, served in NOT_SERVED.items():
        if body.get(name) not in (None, served):
            raise Refused(
                f"Unsupported value: '{name}' does not support {body[name]!r} with this model. "
                f"Only {served!r} is supported.",
                param=name,
                code="unsupported_value",
            )
    _check_together(body)
    _check_stop(body.get("stop"))


def _check_value(name: str, value: object, parameter: Parameter) -> None:
    is_wrong_bool = isinstance(value, bool) and bool not in parameter.types
    if is_wrong_bool or not isinstance(value, parameter.types):
        raise wrong_type(name, value, expected=parameter.expected)
    if isinstance(value, (int, float)):
        _check_range(name, value, parameter)


def _check_range(name: str, value: float, parameter: Parameter) -> None:
    noun = parameter.expected.split()[-1]
    if parameter.least is not None and value < parameter.least:
        raise Refused(
            f"Invalid '{name}': {noun} below minimum value. Expected a value >= "
            f"{parameter.least}, but got {value} instead.",
            param=name,
            code=f"{noun}_below_min_value",
        )
    if parameter.most is not None and value > parameter.most:
        raise Refused(
            f"Invalid '{name}': {noun} above maximum value. Expected a value <= "
            f"{parameter.most}, but got {value} instead.",
            param=name,
            code=f"{noun}_above_max_value",
        )


def _check_together(body: dict[str, Any]) -> None:
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        raise Refused(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            param="max_tokens",
            code="invalid_parameter_combination",
        )
    options = body.get("stream_options")
    if options is None:
        return
    if not body.get("stream"):
        raise Refused(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
    for name, value in options.items():
        if name not in ("include_usage", "include_obfuscation"):
            raise unknown(f"stream_options.{name}")
        if not isinstance(value, bool):
            raise wrong_type(f"stream_options.{name}", value, expected="a boolean")


def _check_stop(stop: object) -> None:
    if not isinstance(stop, list):
        return
    if len(stop) > MAX_STOPS:
        raise long_array("stop", n=len(stop), most=MAX_STOPS)
    for index, one in enumerate(stop):
        as_string(one, f"stop[{index}]")


def check_model(name: str, served: list[str]) -> None:
    """Refuse a model that is not here, with status 404.

    Raises:
        Refused: as the API does.
    """
    if name not in served:
        raise Refused(
            f"The model `{name}` does not exist or you do not have access to it.",
            status=404,
            code="model_not_found",
        )
