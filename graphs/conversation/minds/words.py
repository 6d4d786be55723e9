"""Which command of the embedded mind a person's words are. Pure; a table that can be read."""

from __future__ import annotations

import re
from typing import NamedTuple


class Command(NamedTuple):
    """One command in plain words."""

    name: str
    pattern: re.Pattern[str]
    example: str


def _command(name: str, pattern: str, example: str) -> Command:
    return Command(name, re.compile(pattern, re.IGNORECASE), example)


COMMANDS: tuple[Command, ...] = (
    _command("undo", r"\bundo\b|\btake back\b", "undo K1"),
    _command("corrections", r"\bcorrections\b|\bwhat was corrected\b", "corrections"),
    _command(
        "correct",
        r"\b(is|was|are)(n't| not) (a )?(real )?(defect|fault)|\bfalse alarm\b|\bmissed\b|"
        r"\b(real |true |root )?cause (was|is)\b",
        "F1 is not a defect because ...; you missed this [10, 20, 60, 80] a scratch, as a rule; "
        "the cause was ...",
    ),
    _command(
        "yield",
        r"\byield\b|\bwhy\b.*\b(drop|rise|rose|fell|more|increase|jump)",
        "why did yield drop on Tuesday",
    ),
    _command("chart", r"\bp-?chart\b|\bcontrol chart\b|\btrend\b", "p-chart"),
    _command("whys", r"\b(5|five) ?-?whys?\b", "five whys"),
    _command("ishikawa", r"\bishikawa\b|\bfishbone\b|\bcause.and.effect\b", "ishikawa"),
    _command("is_is_not", r"\bis[ ,/-]+(and )?is[ -]?not\b", "is / is not"),
    _command("action", r"\bcorrective action\b", "corrective action"),
    _command("report", r"\b8 ?-?d\b|\breport\b", "write the 8D report"),
    _command("pareto", r"\bpareto\b|\bmost frequent\b|\btop defects?\b", "pareto of defects"),
    _command("compare", r"\bcompare\b", "compare I1 with I2"),
    _command("similar", r"\bsimilar\b|\bunits? like\b|\blike this\b", "units like this one"),
    _command("hypotheses", r"\bhypothes[ie]s\b|\bH[1-9]\b", "hypotheses; H1 is confirmed: ..."),
    _command(
        "query",
        r"\bhow many\b|\b(share|rate|count|query)\b|\bby (station|lot|day|week|product|defect)\b",
        "how many by station",
    ),
    _command("help", r"^\s*(help|\?)|\bwhat can you do\b", "help"),
    _command("products", r"\b(which|list|what) products?\b|^\s*products\s*$", "which products"),
    _command(
        "next",
        r"\bwhat (now|next)\b|\bwhat (should|shall|can|do) (i|we)( have to)? do\b|\bhow (do|can) "
        r"(i|we) fix\b|\bremed|\bcorrective\b|\bwhat to do\b",
        "what next",
    ),
    _command("zoom", r"\bzoom\b|\bcloser\b|\blook again\b|\benlarge\b", "zoom into region 1"),
    _command("measure", r"\bmeasure\b|\bhow (long|large|big|wide)\b", "measure region 1"),
    _command("show", r"\bshow\b|\bdisplay\b|\bpicture of\b", "show the overlay"),
    _command("inspect", r"\binspect\b|\bcheck (this|it|the|these)\b|\bexamine\b", "inspect"),
    _command("why", r"\bwhy\b|\bexplain\b|\bwhat('s| is) (wrong|broken)\b|\bcause\b", "why"),
    _command(
        "knowledge",
        r"\blook up\b|\bsearch\b|\bwhat (is|does|are|do)\b|\btell me about\b|\brule\b|\bstandard\b",
        "look up solder splash",
    ),
)
"""The first that fits; the order is the meaning."""

_INSPECTION = re.compile(r"\bI([1-9][0-9]*)\b")
_REF = re.compile(r"(?<![\w./-])([\w.-]+/[\w.-]*\w-[0-9a-f]{8})\b")
_ASSET = re.compile(r"\bA([1-9][0-9]*)\b")
_REGION = re.compile(r"\bregion\s+#?([1-9][0-9]*)\b", re.IGNORECASE)
_BOX = re.compile(r"\[?\s*(\d+(?:\.\d+)?(?:\s*,\s*\d+(?:\.\d+)?){3})\s*\]?")


def command_of(said: str) -> str:
    """Name of the command; empty where the words are none."""
    return next((one.name for one in COMMANDS if one.pattern.search(said)), "")


def inspection_in(said: str) -> str:
    """The inspection that is named, I1 or RUN/ASSET; empty where none is."""
    kept = _REF.search(said)
    if kept:
        return kept[1]
    found = _INSPECTION.search(said)
    return f"I{found[1]}" if found else ""


def asset_in(said: str) -> str:
    """The file that is named, A1; empty where none is."""
    found = _ASSET.search(said)
    return f"A{found[1]}" if found else ""


def region_in(said: str) -> int | None:
    """The number of the region that is named."""
    found = _REGION.search(said)
    return int(found[1]) if found else None


def box_in(said: str) -> list[float] | None:
    """Four numbers with commas between them: a box."""
    found = _BOX.search(said)
    return [float(one) for one in found[1].split(",")] if found else None


def after(said: str, pattern: str) -> str:
    """What stands behind the words of a command."""
    parts = re.split(pattern, said, maxsplit=1, flags=re.IGNORECASE)
    return parts[-1].strip(" ?.!:") if len(parts) > 1 else ""


_FINDING = re.compile(r"\bF([1-9][0-9]*)\b")
_BECAUSE = re.compile(r"\b(?:because|since)\b(.*)", re.IGNORECASE | re.DOTALL)
_CAUSE = re.compile(r"\bcause (?:was|is)\b(.*)", re.IGNORECASE | re.DOTALL)


def finding_in(said: str) -> str:
    """The finding that is named, F1; empty where none is."""
    found = _FINDING.search(said)
    return f"F{found[1]}" if found else ""


def because_in(said: str) -> str:
    """The reason that is given; empty where none is."""
    found = _BECAUSE.search(said)
    return " ".join(found[1].split()).strip(" .") if found else ""


def cause_in(said: str) -> str:
    """The cause that is named, without its reason."""
    found = _CAUSE.search(_BECAUSE.sub("", said))
    return " ".join(found[1].split()).strip(" .:") if found else ""


_DECISION = re.compile(r"\b(normal|anomalous|review)\b", re.IGNORECASE)


def decision_in(said: str) -> str:
    """The one decision that is named; empty where none is, or several are."""
    found = {one.lower() for one in _DECISION.findall(said)}
    return found.pop() if len(found) == 1 else ""


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = re.compile(r"\b(20\d\d-\d\d-\d\d)\b")
_BY = re.compile(r"\bby (?:the )?([a-z_]+)", re.IGNORECASE)
_WHERE = re.compile(r"\b([a-z_]{2,40})\s*=\s*([\w.:-]+)", re.IGNORECASE)


def by_in(said: str) -> str:
    """What is grouped by, a plural without its ending; empty where nothing is named."""
    found = _BY.search(said)
    return found[1].lower().removesuffix("s") if found else ""


def weekday_in(said: str) -> str:
    """The day of the week that is named, Tuesday; empty where none is."""
    words = re.findall(r"[a-z]+", said.lower())
    return next((one.capitalize() for one in words if one in WEEKDAYS), "")


def where_in(said: str) -> list[str]:
    """Conditions: NAME=VALUE, a date, or a day of the week."""
    found = [f"{name.lower()}={value}" for name, value in _WHERE.findall(said)]
    day = _DAY.search(said)
    if day:
        found.append(f"day={day[1]}")
    elif weekday_in(said):
        found.append(f"weekday={weekday_in(said)}")
    return found
