"""A request that the endpoint refuses, in OpenAI's shape. Knows no reason to refuse."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """The request is not answered; a client sees `status` and `body`.

    The messages are recognisable beside the real ones, without being promised word for word: a
    client tells errors apart by status, type and code.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.param = param
        self.code = code

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        error = {
            "message": str(self),
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }
        return {"error": error}


def missing(param: str) -> Refused:
    """A parameter that must be there is not."""
    return Refused(
        f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter"
    )


def as_object(value: object, param: str, *, needs: tuple[str, ...] = ()) -> dict[str, Any]:
    """The value as a JSON object that has the fields it needs.

    Raises:
        Refused: it is no object, or a field is missing.
    """
    if not isinstance(value, dict):
        raise wrong_type(param, value, expected="an object")
    for field in needs:
        if field not in value:
            raise missing(f"{param}.{field}")
    return value


def as_string(value: object, param: str) -> str:
    """The value as a string.

    Raises:
        Refused: it is none.
    """
    if not isinstance(value, str):
        raise wrong_type(param, value, expected="a string")
    return value


def empty_array(param: str) -> Refused:
    """A list that must not be empty."""
    return Refused(
        f"Invalid '{param}': empty array. Expected an array with minimum length 1, but got an "
        "empty array instead.",
        param=param,
        code="empty_array",
    )


def long_array(param: str, *, n: int, most: int) -> Refused:
    """A list with too much in it."""
    return Refused(
        f"Invalid '{param}': array too long. Expected an array with maximum length {most}, but got "
        f"an array with length {n} instead.",
        param=param,
        code="array_above_max_length",
    )


def unknown(param: str) -> Refused:
    """A parameter that nobody knows."""
    return Refused(f"Unknown parameter: '{param}'.", param=param, code="unknown_parameter")


def wrong_type(param: str, value: object, *, expected: str) -> Refused:
    """A value of another type than the wire format has."""
    return Refused(
        f"Invalid type for '{param}': expected {expected}, but got {json_type(value)} instead.",
        param=param,
        code="invalid_type",
    )


def wrong_value(param: str, message: str) -> Refused:
    """A value that is not among those allowed."""
    return Refused(message, param=param, code="invalid_value")


def json_type(value: object) -> str:
    """What a value is in JSON, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "a string", int: "an integer", float: "a decimal", list: "an array"}
    return names.get(type(value), "an object")
