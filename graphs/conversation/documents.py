"""Documents of the conversation as markdown. Writes no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphs.conversation.records import Hypothesis, Source
from graphs.conversation.room import Room
from graphs.conversation.tools.hypothesis import hypothesis_text
from tools.arrays import UInt8Image

OPEN = "Not agreed yet."
MAX_REFS = 200
"""Inspections that are named behind one number; the thread keeps all."""
DISCIPLINES = (
    ("D1 Team", "team"),
    ("D2 Problem", "problem"),
    ("D3 Containment", "containment"),
    ("D4 Root cause", "root_cause"),
    ("D5 Corrective actions", "corrective_actions"),
    ("D6 Implementation and check", "implementation"),
    ("D7 Prevention", "prevention"),
    ("D8 Recognition of the team", "recognition"),
)


class Figures(NamedTuple):
    """Pictures of a document."""

    files: dict[str, str]
    """File name by the id of the source."""
    images: dict[str, UInt8Image]
    """(H, W, 3) by file name."""


def eight_d_markdown(told: Mapping[str, str], hypotheses: Sequence[Hypothesis]) -> str:
    """An 8D report: its disciplines, with the hypotheses under D4."""
    parts = [f"# 8D report: {told['title']}"]
    for heading, name in DISCIPLINES:
        parts.append(f"## {heading}\n\n{told.get(name) or OPEN}")
        if name == "root_cause" and hypotheses:
            listed = sorted(hypotheses, key=lambda one: -one.likelihood)
            lines = "\n".join(f"- {hypothesis_text(one)}" for one in listed)
            parts.append(f"Hypotheses and how they changed:\n\n{lines}")
    return "\n\n".join(parts) + "\n"


def action_markdown(
    *, problem: str, cause: str, action: str, owner: str, due: str, check: str
) -> str:
    """A corrective action as a table."""
    rows = [
        ("Problem", problem),
        ("Cause", cause),
        ("Action", action),
        ("Owner", owner or OPEN),
        ("Due", due or OPEN),
        ("Check", check),
    ]
    lines = [f"| {name} | {' '.join(text.split())} |" for name, text in rows]
    return "\n".join(["# Corrective action", "", "| | |", "|---|---|", *lines]) + "\n"


def pictures_of(room: Room, ids: Sequence[str]) -> Figures:
    """The pictures of sources; of an inspection the one with its regions drawn."""
    files: dict[str, str] = {}
    images: dict[str, UInt8Image] = {}
    for one in ids:
        source = room.sources[one]
        if source.artifact:
            image_hwc = room.context.artifacts.get(source.artifact)
        elif source.kind == "inspection":
            image_hwc = room.context.desk.picture(source.inspection, "overlay")
        else:
            continue
        files[one] = f"{one.replace('.', '-')}.png"
        images[files[one]] = image_hwc
    return Figures(files, images)


def sources_markdown(room: Room, ids: Sequence[str]) -> str:
    """What is cited, and the inspections behind each number."""
    lines = [f"- [{one}] {_told(room.sources[one])}" for one in ids]
    return "## Sources\n\n" + ("\n".join(lines) or "Nothing is cited.") + "\n"


def _told(source: Source) -> str:
    text = " ".join(source.text.split())
    refs = refs_of(source)
    if not refs:
        return text
    more = f" and {len(refs) - MAX_REFS} more" if len(refs) > MAX_REFS else ""
    return f"{text} Inspections: {', '.join(refs[:MAX_REFS])}{more}."


def refs_of(source: Source) -> list[str]:
    """`<run>/<asset>` of every inspection behind a source, each once."""
    if source.inspection:
        return [source.inspection]
    rows = source.data.get("rows")
    found: dict[str, None] = {}
    for row in rows if isinstance(rows, list) else []:
        refs = row.get("refs") if isinstance(row, dict) else None
        found |= {str(one): None for one in (refs if isinstance(refs, list) else [])}
    return list(found)
