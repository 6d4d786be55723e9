"""What tools answered, as a model is told it: without names of files. Knows no template."""

from __future__ import annotations

import re
from collections.abc import Mapping

from graphs.minds.contract import Scene
from graphs.records import Round
from tools.records import Evidence

_CITED = re.compile(r" \[(E\d+(?:, E\d+)*)\]\s*\Z")
NO_ANSWER = "No answer."


def observations_of(done: Round, scene: Scene) -> list[str]:
    """One text for each tool call of a round, in order."""
    evidence = {one.id: one for one in scene.evidence_of(done)}
    texts = [*done.observations[: len(done.tool_calls)]]
    texts += [NO_ANSWER] * (len(done.tool_calls) - len(texts))
    return [_told(text, evidence) for text in texts]


def _told(text: str, evidence: Mapping[str, Evidence]) -> str:
    cited = _CITED.search(text)
    ids = cited[1].split(", ") if cited else []
    found = [evidence[one] for one in ids if one in evidence]
    if found and all(one.tool == "look_up" for one in found):
        return "\n".join(passage(one) for one in found)
    for one in found:
        reference = one.values.get("reference")
        if isinstance(reference, str) and reference:
            text = text.replace(f"reference {reference}", "the reference")
    return text


def passage(one: Evidence) -> str:
    """A piece of knowledge with what it can be cited by; ids of notes are names of files."""
    kind = str(one.values.get("kind", "passage"))
    name = f" {one.values['id']}" if kind in ("rule", "failure_mode") else ""
    return f"[{one.id}: {kind.replace('_', ' ')}{name}] {one.text}"
