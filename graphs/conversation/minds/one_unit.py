"""The root-cause methods for one inspected unit, where nothing was counted. Pure.

What its record and the FMEA say is written down; what only a count or the plant can tell stays
open.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import NamedTuple, TypeAlias

from graphs.conversation.contract import Move
from graphs.conversation.minds.moves import Arguments, calls, told
from graphs.conversation.minds.words import inspection_in
from graphs.conversation.records import Hypothesis, SeenInspection, Source
from graphs.conversation.recount import mode_id
from graphs.conversation.state import TalkState

NOT_RECORDED = "what let it happen is not on record; the process owner must say"
NO_REMEDY = "No failure mode names a remedy; what is to be done?"
MAX_CLAIM = 240
"""Characters of a finding's claim that are told again."""


class Unit(NamedTuple):
    """One unit as its record tells it."""

    seen: SeenInspection
    claims: list[str]
    """Each with its citation."""
    modes: list[Source]
    """Failure modes of its findings, with their FMEA rows."""

    @property
    def line(self) -> str:
        """Which unit, and what was decided."""
        decided = str(self.seen.decision or "not decided").upper()
        return f"{PurePath(self.seen.path).name} is {decided} [{self.seen.id}]"


Method: TypeAlias = Callable[[TalkState, Unit], Move]


def is_meant(state: TalkState, *, counted: bool) -> bool:
    """Whether one unit is spoken of, and not a problem that was counted."""
    return bool(inspection_in(state.said)) or (not counted and bool(state.inspections))


def of_unit(state: TalkState, method: Method) -> Move:
    """Open the unit, then write the method down, then tell what came of it."""
    if not state.steps:
        named = inspection_in(state.said) or state.inspections[-1].id
        return calls(state, ("open_unit", {"unit": named}))
    opened = str(state.steps[0].data[-1].get("inspection") or "")
    seen = next((one for one in state.inspections if one.id == opened), None)
    if seen is None or len(state.steps) > 1:
        return Move(answer=told(state))
    unit = _unit(state, seen)
    if not unit.claims:
        return Move(answer=f"{unit.line}: nothing was found on it that could have a cause.")
    return method(state, unit)


def _unit(state: TalkState, seen: SeenInspection) -> Unit:
    claims, modes = [], {}
    found = state.steps[0].data[-1].get("findings")
    for one in found if isinstance(found, list) else []:
        if not isinstance(one, dict):
            continue
        claims.append(f"{str(one['claim'])[:MAX_CLAIM].rstrip('.')} [{seen.id}.{one['id']}]")
        mode = state.sources.get(mode_id(seen.product or "", str(one["failure_mode"])))
        if mode is not None and mode.data:
            modes[mode.id] = mode
    return Unit(seen, claims, list(modes.values()))


def unit_whys(state: TalkState, unit: Unit) -> Move:
    """Unit, findings, the FMEA's cause, and what nobody recorded."""
    answers = [*unit.claims[:3], *(f"{one.data['cause']} [{one.id}]" for one in unit.modes[:3])]
    answers.append(
        f"{best.history[-1].why} [{best.id}]" if (best := agreed(state)) else NOT_RECORDED
    )
    return calls(state, ("five_whys", {"problem": unit.line, "answers": [*answers]}))


def unit_action(state: TalkState, unit: Unit) -> Move:
    """The FMEA's remedy of the unit's first failure mode."""
    if not unit.modes:
        return Move(answer=NO_REMEDY, asks=True)
    mode = unit.modes[0]
    arguments: Arguments = {
        "problem": f"{unit.line}: {unit.claims[0]}",
        "cause": _cause(state, unit),
        "action": f"{mode.data['remediation']} [{mode.id}]",
        "check": "The next units show no such finding.",
    }
    return calls(state, ("corrective_action", arguments))


def unit_report(state: TalkState, unit: Unit) -> Move:
    """An 8D report of one unit."""
    remedies = [f"{one.data['remediation']} [{one.id}]" for one in unit.modes]
    ratings = [
        f"the detection rating of {one.id.rsplit('/', 1)[-1]} in the FMEA is "
        f"{one.data['detection']} [{one.id}]"
        for one in unit.modes
    ]
    name = unit.modes[0].id.rsplit("/", 1)[-1] if unit.modes else "finding"
    arguments: Arguments = {
        "title": f"{name} on {PurePath(unit.seen.path).name}",
        "problem": f"{unit.line}. {'; '.join(unit.claims[:6])}.",
        "containment": f"Hold the unit [{unit.seen.id}]; whether others have it was not counted.",
        "root_cause": _cause(state, unit),
        "corrective_actions": "; ".join(remedies) or "No failure mode names a remedy.",
        "prevention": f"{'; '.join(ratings)}; review these rows with this case."
        if ratings
        else "Add a failure mode for this finding to the FMEA.",
        "figures": [unit.seen.id],
    }
    return calls(state, ("report_8d", arguments))


def agreed(state: TalkState) -> Hypothesis | None:
    """The hypothesis that a person confirmed."""
    kept = [one for one in state.hypotheses if one.status == "confirmed"]
    return kept[-1] if kept else None


def _cause(state: TalkState, unit: Unit) -> str:
    best = agreed(state)
    if best is not None:
        return f"{best.text} (confirmed: {best.history[-1].why}) [{best.id}]"
    said = [one for one in state.sources.values() if _tells_cause(one, unit)]
    if said:
        return f"A person said: {said[-1].text.split('. ')[0]} [{said[-1].id}]."
    named = "; ".join(f"{one.data['cause']} [{one.id}]" for one in unit.modes)
    if not named:
        return f"Not agreed yet; no failure mode names a cause [{unit.seen.id}]."
    return f"Not agreed yet. The FMEA names: {named}."


def _tells_cause(source: Source, unit: Unit) -> bool:
    """Whether it is a person's correction of the unit's cause."""
    is_cause = source.kind == "correction" and source.data.get("kind") == "cause"
    return is_cause and source.inspection == unit.seen.ref
