"""The lines of a batch's input file, and what is wrong with them. Knows no batch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple


class Line(NamedTuple):
    """One request."""

    custom_id: str
    body: dict[str, Any]


class Lines(NamedTuple):
    """What a file holds."""

    lines: list[Line]
    errors: list[dict[str, Any]]
    """As a batch that has failed tells them."""


class _WrongLine(Exception):
    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


def read_lines(data: bytes, *, url: str, models: Sequence[str], most: int) -> Lines:
    """Read and check a file.

    Args:
        data: of the file.
        url: that all lines must have.
        models: that there are.
        most: lines that are allowed.
    """
    rows = data.splitlines()
    if not rows:
        return Lines([], [_error(None, _WrongLine("empty_file", "The batch file is empty."))])
    if len(rows) > most:
        told = f"The batch file has {len(rows)} requests, the maximum is {most}."
        return Lines([], [_error(None, _WrongLine("too_many_tasks", told))])
    lines, errors = [], []
    seen: set[str] = set()
    named: set[str] = set()
    for number, row in enumerate(rows, 1):
        try:
            line = _line(row, url=url, models=models, seen=seen, named=named)
        except _WrongLine as wrong:
            errors.append(_error(number, wrong))
        else:
            lines.append(line)
    return Lines([] if errors else lines, errors)


def _line(row: bytes, *, url: str, models: Sequence[str], seen: set[str], named: set[str]) -> Line:
    request = _object(row)
    custom_id, body = request["custom_id"], request["body"]
    if custom_id in seen:
        told = f"The custom_id '{custom_id}' has already been used in this batch."
        raise _WrongLine("duplicate_custom_id", told, "custom_id")
    seen.add(custom_id)
    if request["method"] != "POST":
        raise _WrongLine("invalid_method", "The method must be POST.", "method")
    if request["url"] != url:
        told = f"The URL must match the endpoint of the batch, {url}."
        raise _WrongLine("invalid_url", told, "url")
    model = body.get("model")
    if model not in models:
        raise _WrongLine("model_not_found", f"The model '{model}' does not exist.", "body.model")
    named.add(model)
    if len(named) > 1:
        raise _WrongLine("mismatched_model", "All requests must have one model.", "body.model")
    if body.get("stream"):
        raise _WrongLine("invalid_request", "A batch cannot stream.", "body.stream")
    return Line(custom_id, body)


def _object(row: bytes) -> dict[str, Any]:
    try:
        request = json.loads(row)
    except ValueError:
        raise _WrongLine("invalid_json_line", "This line is not parseable as valid JSON.") from None
    forms = {"custom_id": str, "method": str, "url": str, "body": dict}
    if not isinstance(request, dict):
        raise _WrongLine("invalid_json_line", "This line is no JSON object.")
    for name, form in forms.items():
        if not isinstance(request.get(name), form) or not request[name]:
            told = f"Missing required parameter: '{name}'."
            raise _WrongLine("missing_required_parameter", told, name)
    for name in request:
        if name not in forms:
            raise _WrongLine("unknown_parameter", f"Unknown parameter: '{name}'.", name)
    return request


def _error(line: int | None, wrong: _WrongLine) -> dict[str, Any]:
    return {"code": wrong.code, "message": str(wrong), "param": wrong.param, "line": line}
