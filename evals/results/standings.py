"""Runs of one suite in the order of what they reach. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from evals.results.measures.choices import MEAN as MEAN_OVER_KINDS
from evals.results.measures.choices import PART as CHOICES
from evals.results.measures.texts import ALL_TURNS
from evals.results.measures.texts import PART as LIKENESS
from evals.results.records import MACRO
from evals.results.tables import ROW_HEAD, Grid

RANKED_BY = ("AUROC", "accuracy", "AU-PRO 0.3", CHOICES, LIKENESS)
"""Parts of a run's table; the first that any run has decides the order."""
OVERALL = (MACRO, MEAN_OVER_KINDS, ALL_TURNS)
"""Subjects that speak of a whole run."""
TITLE = "runs in their order"


class Standing(NamedTuple):
    """One condition of one run."""

    run: str
    mind: str
    condition: str
    values: dict[str, str]
    """By part, with its interval."""
    best: float
    """What it is ranked by; below every value where it has none."""


class Standings(NamedTuple):
    """The runs of one suite."""

    grid: Grid
    warnings: list[str]
    """Why they may not be read against each other."""


def standings_of(documents: Mapping[str, dict[str, Any]]) -> Standings | None:
    """The order of the runs of one suite; None where there is one run, or no figure to rank by.

    Args:
        documents: by name of the run: what its `table.json` says.
    """
    parts = [part for part in RANKED_BY if any(_overall(d, part) for d in documents.values())]
    if len(documents) < 2 or not parts:
        return None
    found = [one for name, said in documents.items() for one in _of_run(name, said, parts)]
    found.sort(key=lambda one: -one.best)
    rows = [
        [f"{one.run}: {one.condition}", one.mind, *[one.values.get(part, "") for part in parts]]
        for one in found
    ]
    return Standings(Grid(TITLE, [ROW_HEAD, "mind", *parts], rows), _warnings(documents.values()))


def _of_run(name: str, document: dict[str, Any], parts: Sequence[str]) -> list[Standing]:
    by_part = {part: _overall(document, part) for part in parts}
    conditions = dict.fromkeys(condition for found in by_part.values() for condition in found)
    return [
        Standing(
            run=name,
            mind=str(document["mind"]),
            condition=condition,
            values={
                p: _text(found[condition]) for p, found in by_part.items() if condition in found
            },
            best=float(by_part[parts[0]].get(condition, {}).get("value", -1.0)),
        )
        for condition in conditions
    ]


def _overall(document: dict[str, Any], part: str) -> dict[str, dict[str, Any]]:
    """By condition, its figure over all products: the mean over them, or that of the only one."""
    own = [one for one in document["measures"] if one["part"] == part]
    subjects = {one["subject"] for one in own if "minus" not in one["subject"]}
    whole = [one for one in OVERALL if one in subjects] or list(subjects)
    wanted = whole[0] if len(whole) == 1 else ""
    return {one["method"]: one for one in own if one["subject"] == wanted}


def _text(measure: dict[str, Any]) -> str:
    low, high = measure.get("low"), measure.get("high")
    interval = "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"
    return f"{measure['value']:.3f}{interval} n = {measure['n']}"


def _answered(document: dict[str, Any]) -> str:
    return "prompts were read" if document.get("reads_prompts", True) else "by verdicts, unread"


def _warnings(documents: Iterable[dict[str, Any]]) -> list[str]:
    kept = list(documents)
    said = {
        "data": {", ".join(one["data"]) for one in kept},
        "samples of each product": {str(one["limit"] or "all") for one in kept},
        "seeds": {str(one["seed"]) for one in kept},
        "ways of answering": {_answered(one) for one in kept},
    }
    told = [f"Other {what}: {' / '.join(sorted(v))}." for what, v in said.items() if len(v) > 1]
    undone = any(one["n_rows"] < one["n_planned"] for one in kept)
    return told + (["Some runs are not at their end."] if undone else [])
