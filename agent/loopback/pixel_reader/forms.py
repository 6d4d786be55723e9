"""How the pixel reader phrases an answer: native calls, a schema, JSON in text, or words.

Knows nothing of pictures. Names of tools, properties and forms are here and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from agent.loopback.pixel_reader.policy import Glance, Judgement
from agent.loopback.pixel_reader.scene import claim_numbers
from agent.loopback.replies import CalledTool, Reply
from agent.loopback.requests import ChatRequest, texts_of
from agent.loopback.values import example_of

ZOOM = "zoom"
SUBMIT = "submit"
LAST_TURN = "no more tools can be called"
TEXT_PROTOCOL = re.compile(r"\{[^\n]*\"submit\": \{\}")
"""What tells that answers are JSON with tool calls or a submission."""


def offers(tool: str, request: ChatRequest) -> bool:
    """Whether a tool can be called: natively, or listed in a prompt of the text protocol."""
    if request.body.get("tools"):
        return tool in request.tools
    if not _speaks_text_protocol(request):
        return False
    if tool != SUBMIT and LAST_TURN in _last_told(request):
        return False
    return re.search(rf"^- {tool}: ", request.text, re.MULTILINE) is not None


def times_called(tool: str, request: ChatRequest) -> int:
    """How often the assistant has called a tool in this conversation, in either protocol."""
    written = re.compile(rf'"(?:name|tool)":\s*"{tool}"')
    said = [
        text for one in request.messages if one["role"] == "assistant" for text in texts_of(one)
    ]
    return request.called(tool) + sum(len(written.findall(text)) for text in said)


def ask_to_zoom(glance: Glance, request: ChatRequest) -> Reply:
    """A call of `zoom`."""
    known = {"box_xyxy": list(glance.box_xyxy)}
    schema = request.tools.get(ZOOM)
    arguments = known if schema is None else example_of(schema, known)
    return _call(request, ZOOM, arguments, thought=glance.reason)


def hand_in(judgement: Judgement, request: ChatRequest) -> Reply:
    """A judgement in the form that the request asks for."""
    known = _known(judgement, request)
    tool = request.forced_tool or (SUBMIT if offers(SUBMIT, request) else None)
    if tool is not None and request.tools:
        arguments = example_of(request.tools[tool], known)
        return _call(request, tool, arguments, thought=judgement.claim)
    if tool is not None:
        submission = {name: known[name] for name in ("anomalous", "score", "findings")}
        return _as_json({"thought": judgement.claim, SUBMIT: submission})
    if request.schema is not None:
        return _as_json(example_of(request.schema, known))
    asked = _last_told(request)
    for marker, form in FORMS.items():
        if marker in asked.lower():
            return form(judgement, known)
    return Reply(text=f"{_word(judgement)}: {judgement.claim}")


def _as_refutation(judgement: Judgement, known: dict[str, Any]) -> Reply:
    return _as_json({"judgements": known["judgements"]})


def _as_correctness(judgement: Judgement, known: dict[str, Any]) -> Reply:
    correctness = 0 if judgement.anomalous else 1
    return _as_json({"reasoning": judgement.claim, "correctness": correctness})


def _as_judgement(judgement: Judgement, known: dict[str, Any]) -> Reply:
    names = ("reasoning", "anomalous", "score", "unanswerable")
    return _as_json({name: known[name] for name in names})


def _as_score(judgement: Judgement, known: dict[str, Any]) -> Reply:
    return Reply(text=f"image anomaly score: {judgement.score}.")


def _as_yes_or_no(judgement: Judgement, known: dict[str, Any]) -> Reply:
    return Reply(text=f"{'Yes' if judgement.anomalous else 'No'}, {judgement.claim}.")


FORMS: dict[str, Callable[[Judgement, dict[str, Any]], Reply]] = {
    '"judgements"': _as_refutation,
    '"correctness"': _as_correctness,
    '"anomalous"': _as_judgement,
    "image anomaly score": _as_score,
    "yes or no": _as_yes_or_no,
    "'yes' or 'no'": _as_yes_or_no,
}
"""By what the last user message says, in lower case; the first that it says counts."""


def _known(judgement: Judgement, request: ChatRequest) -> dict[str, Any]:
    """Values by the names that a schema may give them."""
    claims = [judgement.claim] if judgement.anomalous else []
    values: dict[str, Any] = {
        "anomalous": judgement.anomalous,
        "score": judgement.score,
        "correctness": 0 if judgement.anomalous else 1,
        "decision": _word(judgement),
        "verdict": _word(judgement),
        "claims": claims,
        "regions": [0] * len(claims),
        "findings": [_finding(judgement)] * len(claims),
        "judgements": _refutations(judgement, request),
        "unanswerable": "",
    }
    return values | dict.fromkeys(("claim", "thought", "reason", "reasoning"), judgement.claim)


def _finding(judgement: Judgement) -> dict[str, Any]:
    found: dict[str, Any] = {"claim": judgement.claim, "score": judgement.score}
    if judgement.box_xyxy is not None:
        found["box_xyxy"] = list(judgement.box_xyxy)
    if judgement.rule_id is not None:
        found["rule_ids"] = [judgement.rule_id]
    if judgement.evidence_id is not None:
        found["evidence_ids"] = [judgement.evidence_id]
    return found


def _refutations(judgement: Judgement, request: ChatRequest) -> list[dict[str, Any]]:
    """One for each claim: refuted only by having seen clearly that nothing is wrong."""
    is_clear = not judgement.anomalous and judgement.score < 0.1
    return [
        {"candidate": number, "reason": judgement.claim, "refuted": is_clear}
        for number in claim_numbers(request)
    ]


def _call(request: ChatRequest, name: str, arguments: dict[str, Any], *, thought: str) -> Reply:
    if request.tools:
        return Reply(text=thought or None, tool_calls=(CalledTool(name=name, arguments=arguments),))
    return _as_json({"thought": thought, "tool_calls": [{"name": name, "arguments": arguments}]})


def _as_json(value: object) -> Reply:
    return Reply(text=json.dumps(value, ensure_ascii=False))


def _word(judgement: Judgement) -> str:
    return "anomalous" if judgement.anomalous else "normal"


def _speaks_text_protocol(request: ChatRequest) -> bool:
    return request.schema is None and TEXT_PROTOCOL.search(request.text) is not None


def _last_told(request: ChatRequest) -> str:
    users = [one for one in request.messages if one["role"] == "user"]
    return "\n".join(texts_of(users[-1])) if users else ""
