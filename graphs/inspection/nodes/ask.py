"""A person decides where the graph could not. Knows nothing of how the person is reached."""

from __future__ import annotations

from typing import Any, get_args

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from graphs.inspection.context import Context
from graphs.inspection.state import State
from graphs.records import Decision


async def ask(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Interrupt the run; it resumes with a decision: normal, anomalous or review."""
    verdict = state.verdict
    if verdict is None:
        raise ValueError("ask runs after judge; there is no verdict to ask about")
    choices = get_args(Decision)
    question = {
        "inspection_id": state.inspection_id,
        "path": state.path,
        "reason": verdict.reason,
        "score": verdict.score,
        "findings": [finding.claim for finding in verdict.findings],
        "choices": list(choices),
    }
    answer = interrupt(question)
    while answer not in choices:
        answer = interrupt({**question, "refused": f"{answer!r} is none of {', '.join(choices)}"})
    reason = f"{verdict.reason} A person reviewed it and decided {answer}."
    changed: dict[str, Any] = {"decision": answer, "reason": reason}
    if answer == "normal":
        changed |= {"findings": [], "causes": [], "remediation": []}
    return {"verdict": verdict.model_copy(update=changed), "detail": str(answer)}
