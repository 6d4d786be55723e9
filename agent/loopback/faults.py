"""The named faults: what a model or its server can do wrong. Knows nothing of who must bear it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agent.loopback.replies import CalledTool, Reply, WireFault
from agent.loopback.requests import ChatRequest
from agent.loopback.values import example_of

NO_REGION = 9999
"""The number of a region that no inspection has."""
NO_TOOL = "teleport"
LATE_S = 0.3
SUBMIT = "submit"
"""The tool that ends an inspection; endless calls never name it."""


def refusal(request: ChatRequest) -> Reply:
    """The model declines, in the field of the wire format that is for it."""
    return Reply(refusal="I'm sorry, I can't help with that request.")


def refusal_as_text(request: ChatRequest) -> Reply:
    """The model declines in its text, as models without the field do."""
    return Reply(text="I'm sorry, but I can't assist with identifying anything in this image.")


def timeout(request: ChatRequest) -> Reply:
    """Nothing comes for an hour, or until the client or the server gives up."""
    return Reply(text="late", fault=WireFault(kind="hang"))


def rate_limited(request: ChatRequest) -> Reply:
    """Status 429 with `Retry-After: 1`."""
    return _status(
        429,
        f"Rate limit reached for {request.model} on requests per min (RPM): Limit 3, Used 3, "
        "Requested 1. Please try again in 1s.",
        kind="requests",
        code="rate_limit_exceeded",
        retry_after_s=1.0,
    )


def quota_spent(request: ChatRequest) -> Reply:
    """Status 429 that no waiting mends."""
    return _status(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        kind="insufficient_quota",
        code="insufficient_quota",
    )


def server_error(request: ChatRequest) -> Reply:
    """Status 500."""
    return Reply(fault=WireFault(kind="status"))


def overloaded(request: ChatRequest) -> Reply:
    """Status 503."""
    return _status(503, "The engine is currently overloaded, please try again later.")


def bad_gateway(request: ChatRequest) -> Reply:
    """Status 200 with a page of HTML, as proxies answer."""
    return Reply(fault=WireFault(kind="garbage"))


def connection_reset(request: ChatRequest) -> Reply:
    """The socket is reset before anything is answered."""
    return Reply(fault=WireFault(kind="reset"))


def connection_cut(request: ChatRequest) -> Reply:
    """The socket is reset in the middle of the body."""
    return Reply(text="The part looks" * 40, fault=WireFault(kind="cut"))


def content_filter(request: ChatRequest) -> Reply:
    """The server's filter stops the answer."""
    return Reply(text="", finish_reason="content_filter")


def broken_json(request: ChatRequest) -> Reply:
    """Arguments, or a text, that end in the middle of a JSON object."""
    return _call(request, _some_tool(request), '{"region": 1, "margin": ')


def truncated(request: ChatRequest) -> Reply:
    """The answer is cut at its token limit."""
    reply = _call(request, _some_tool(request), '{"box_xyxy": [10, 20, 3')
    return Reply(text=reply.text, tool_calls=reply.tool_calls, finish_reason="length")


def unknown_region(request: ChatRequest) -> Reply:
    """A call about a region that does not exist."""
    name = next(
        (name for name, schema in request.tools.items() if _has_region(schema)),
        _some_tool(request),
    )
    return _call(request, name, json.dumps({"region": NO_REGION}))


def unknown_region_submitted(request: ChatRequest) -> Reply:
    """An answer about a region that does not exist."""
    known = {
        "anomalous": True,
        "score": 0.9,
        "findings": [{"claim": "a scratch", "region": NO_REGION}],
        "claims": ["a scratch"],
        "regions": [NO_REGION],
        "reasoning": "a scratch",
    }
    schema = request.tools.get(SUBMIT)
    if schema is None:
        submission = {name: known[name] for name in ("anomalous", "score", "findings")}
        return Reply(text=json.dumps({"thought": "a scratch", SUBMIT: submission}))
    return _call(request, SUBMIT, json.dumps(example_of(schema, known)))


def unknown_tool(request: ChatRequest) -> Reply:
    """A call of a tool that was not offered."""
    return _call(request, NO_TOOL, "{}")


def endless_tool_calls(request: ChatRequest) -> Reply:
    """A valid call of an offered tool, whatever came back before."""
    name = _some_tool(request)
    arguments = example_of(request.tools.get(name, {}))
    return _call(request, name, json.dumps(arguments))


def empty(request: ChatRequest) -> Reply:
    """An answer with nothing in it."""
    return Reply(text="")


def other_language(request: ChatRequest) -> Reply:
    """Prose in a language that nobody asked for, and no JSON."""
    return Reply(
        text="Auf dem Bild ist eine Platine zu sehen; ein Fehler f\u00e4llt mir nicht auf."
    )


def wrong_types(request: ChatRequest) -> Reply:
    """JSON that is well-formed and means nothing: every argument of the wrong type."""
    return _call(request, _some_tool(request), json.dumps({"region": "the scratch", "score": []}))


def slow(request: ChatRequest) -> Reply:
    """A good answer, late."""
    return replace(_judged(request), fault=WireFault(kind="hang", seconds=LATE_S))


def slow_loris(request: ChatRequest) -> Reply:
    """A good answer, a byte at a time: something always comes, and it never ends."""
    return replace(_judged(request), fault=WireFault(kind="drip"))


def half_answer(request: ChatRequest) -> Reply:
    """The first half of a good answer, sent as if it were whole."""
    return replace(_judged(request), fault=WireFault(kind="half"))


def wrong_content_type(request: ChatRequest) -> Reply:
    """A good answer that is called plain text."""
    return replace(_judged(request), fault=WireFault(kind="label"))


FAULTS: dict[str, Callable[[ChatRequest], Reply]] = {
    "refusal": refusal,
    "refusal_as_text": refusal_as_text,
    "timeout": timeout,
    "rate_limited": rate_limited,
    "quota_spent": quota_spent,
    "server_error": server_error,
    "overloaded": overloaded,
    "bad_gateway": bad_gateway,
    "connection_reset": connection_reset,
    "connection_cut": connection_cut,
    "content_filter": content_filter,
    "broken_json": broken_json,
    "truncated": truncated,
    "unknown_region": unknown_region,
    "unknown_region_submitted": unknown_region_submitted,
    "unknown_tool": unknown_tool,
    "endless_tool_calls": endless_tool_calls,
    "empty": empty,
    "other_language": other_language,
    "wrong_types": wrong_types,
    "slow": slow,
    "slow_loris": slow_loris,
    "half_answer": half_answer,
    "wrong_content_type": wrong_content_type,
}


def _status(
    status: int,
    message: str,
    *,
    kind: str = "server_error",
    code: str | None = None,
    retry_after_s: float | None = None,
) -> Reply:
    return Reply(
        fault=WireFault(
            kind="status",
            status=status,
            message=message,
            type=kind,
            code=code,
            retry_after_s=retry_after_s,
        )
    )


def _judged(request: ChatRequest) -> Reply:
    """A valid answer that finds nothing, in the form that is asked for."""
    known = {"anomalous": False, "score": 0.05, "findings": [], "reasoning": "as it should be"}
    if SUBMIT in request.tools:
        return _call(request, SUBMIT, json.dumps(example_of(request.tools[SUBMIT], known)))
    if request.schema is not None:
        return Reply(text=json.dumps(example_of(request.schema, known)))
    submission = {name: known[name] for name in ("anomalous", "score", "findings")}
    return Reply(text=json.dumps({"thought": "as it should be", SUBMIT: submission}))


def _call(request: ChatRequest, name: str, arguments: str) -> Reply:
    """A native call where tools are given, else the same as a JSON text."""
    if request.tools:
        return Reply(tool_calls=(CalledTool(name=name, arguments=arguments),))
    return Reply(
        text=f'{{"thought": "", "tool_calls": [{{"name": "{name}", "arguments": {arguments}}}]}}'
    )


def _some_tool(request: ChatRequest) -> str:
    return next((name for name in request.tools if name != SUBMIT), "zoom")


def _has_region(schema: dict[str, Any]) -> bool:
    return "region" in schema.get("properties", {})
