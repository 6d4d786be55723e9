"""A person decides where the graph could not. Knows nothing of how the person is reached."""

from __future__ import annotations

from typing import Any, get_args

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from graphs.inspection.context import Context
from graphs.inspection.state import State
from graphs.records import Decision, Refuted, Verdict


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
    return {"verdict": reviewed(verdict, answer), "detail": str(answer)}


def reviewed(verdict: Verdict, answer: Decision) -> Verdict:
    """The verdict as a person decided; a normal part claims nothing, and what it claimed is kept.

    Args:
        verdict: as the graph judged.
        answer: of the person; review leaves it undecided.
    """
    told = f"A person reviewed it and decided {answer}."
    if answer == "review":
        told = "Human review left it undecided."
    changed: dict[str, Any] = {"decision": answer, "reason": f"{verdict.reason} {told}"}
    if answer == "normal":
        refuted = [
            Refuted(
                claim=finding.claim,
                reason="a person reviewed it and decided normal",
                evidence_ids=finding.evidence_ids,
            )
            for finding in verdict.findings
        ]
        changed |= {
            "findings": [],
            "regions": [],
            "causes": [],
            "remediation": [],
            "refuted": [*verdict.refuted, *refuted],
        }
    return verdict.model_copy(update=changed)
