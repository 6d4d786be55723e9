"""One self-contained page of the runs in a folder, with the papers' numbers beside ours.

Runs nothing; needs no network to be shown.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from evals.results.published import Published, differences, published_for
from evals.results.report import JSON, TABLE_FORMAT
from evals.results.standings import standings_of
from evals.results.tables import Grid, grids
from evals.tables.records import Measure
from tools.errors import LoupeError

TEMPLATE = "leaderboard.html.jinja"
MAX_FIGURE_BYTES = 600_000
"""Of all figures of one run; more are left in its folder."""


class LeaderboardError(LoupeError):
    """There is nothing to show."""


class Beside(NamedTuple):
    """A printed table, and why it may not be read beside a run."""

    table: Published
    differences: list[str]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run on the page."""

    name: str
    document: dict[str, Any]
    grids: list[Grid]
    published: list[Beside]
    figures: list[str] = field(default_factory=list)
    """As data URIs."""


def find_runs(folder: Path) -> list[Run]:
    """Every run below a folder that has its tables, by suite and name.

    Raises:
        LeaderboardError: there is none, or a table cannot be read.
    """
    runs = [run for path in sorted(folder.rglob(JSON)) if (run := _run(folder, path)) is not None]
    if not runs:
        raise LeaderboardError(
            f"{folder} holds no results of a suite ({JSON}); `loupe eval run` writes them"
        )
    return sorted(runs, key=lambda run: (run.document["suite"], run.name))


def _run(folder: Path, path: Path) -> Run | None:
    """None where the file is a table of another kind."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document.get("format") != TABLE_FORMAT:
            return None
        measures = [Measure(**one) for one in document["measures"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LeaderboardError(f"{path} is no table of a run ({error})") from error
    return Run(
        name=path.parent.relative_to(folder).as_posix(),
        document=document,
        grids=grids(measures),
        published=[
            Beside(
                table,
                differences(
                    table,
                    suite=document["suite"],
                    data=document["data"],
                    limit=document["limit"],
                    reads_prompts=document.get("reads_prompts", True),
                ),
            )
            for table in published_for(document["published"])
        ],
        figures=_figures(path.parent / "figures"),
    )


def _figures(folder: Path) -> list[str]:
    found, total = [], 0
    for path in sorted(folder.glob("*.png")):
        data = path.read_bytes()
        total += len(data)
        if total <= MAX_FIGURE_BYTES:
            found.append(f"data:image/png;base64,{base64.b64encode(data).decode()}")
    return found


def page_of(runs: Sequence[Run], *, title: str) -> str:
    """The page. What runs and files say is text on it, never markup."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("evals.results", "."), autoescape=True, undefined=StrictUndefined
    )
    suites: dict[str, list[Run]] = {}
    for run in runs:
        document = run.document
        suites.setdefault(f"{document['suite']} {document['version']}", []).append(run)
    orders = {
        suite: standings_of({run.name: run.document for run in found})
        for suite, found in suites.items()
    }
    template = environment.get_template(TEMPLATE)
    return template.render(title=title, suites=suites, standings=orders)
