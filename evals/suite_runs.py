"""From the command line's flags to a run and its report. Knows no method and no measure."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import typer

from evals.suites import Suite, load_suite
from tools.errors import SettingsError

OWN_FOLDERS = ("--data", "--home", "--answers")
"""Options whose values say nothing of what was measured."""


@dataclass(frozen=True, kw_only=True)
class RunFlags:
    """What the command line says."""

    ctx: typer.Context
    suite: str
    data: Path
    out: Path
    data_sets: tuple[str, ...]
    limit: int | None
    references: int | None
    model: str | None
    settings: Mapping[str, Any]
    """Of `agent.Settings`; None where not given."""
    max_usd: float
    answers: Path | None
    tool_table: Path | None
    calibrate_mind: bool
    retry: bool


def run_to_end(flags: RunFlags) -> bool:
    """Run what is left, write the report and print its tables.

    Returns:
        Whether every sample has its row.
    """
    from agent.commands.options import settings_of
    from agent.standing import telling
    from evals.datasets.catalogue import load_data_set
    from evals.results.records import load_results
    from evals.results.report import write_results
    from evals.results.tables import as_markdown
    from evals.runner.running import RunOptions, run_suite
    from evals.runner.served import model_of

    suite = chosen_suite(flags)
    with model_of(flags.model) as served, telling() as teller:
        given = dict(flags.settings) | {"model": served.model}
        if served.base_url:
            given["base_url"] = served.base_url
        settings = settings_of(flags.ctx, **given)
        options = RunOptions(
            out=flags.out,
            settings=settings,
            load_set=partial(load_data_set, flags.data),
            seed=settings.seed,
            max_usd=flags.max_usd,
            answers=flags.answers,
            place=served.place,
            calibrate_mind=flags.calibrate_mind,
            retry=flags.retry,
            tools_off=None if flags.tool_table is None else read_tool_table(flags.tool_table),
            command=shown_command(sys.argv),
            tell=partial(typer.echo, err=True),
        )
        end = asyncio.run(run_suite(suite, options, teller=teller))
    typer.echo(as_markdown(write_results(load_results(flags.out))))
    for line in end.manifest.left_out:
        typer.echo(f"left out: {line}", err=True)
    if end.undone:
        typer.echo(
            f"{len(end.undone)} of {end.manifest.n_planned} samples are not done: the budget is "
            "spent; the same command with a larger --max-usd goes on",
            err=True,
        )
    return not end.undone


def chosen_suite(flags: RunFlags) -> Suite:
    """The suite with what the command line changes in it."""
    suite = load_suite(flags.suite)
    changes: dict[str, Any] = {}
    if flags.data_sets:
        changes["data"] = list(flags.data_sets)
    if flags.limit is not None:
        changes["limit"] = flags.limit
    if flags.references is not None:
        changes["references"] = flags.references
    return suite.replaced(**changes) if changes else suite


def read_tool_table(path: Path) -> dict[str, tuple[str, ...]]:
    """Tools that are off, by product.

    Raises:
        SettingsError: the file is no table of tools' benefits, or names a tool that is none.
    """
    from agent.settings import TOOL_NAMES
    from evals.results.measures.tools import TABLE_FORMAT

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        off = {str(name): tuple(map(str, tools)) for name, tools in found["off"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"--tool-table {path} is no {TABLE_FORMAT} ({type(error).__name__}: {error}); it is "
            "written by the suite tools as tool-benefit.json"
        ) from error
    unknown = {tool for tools in off.values() for tool in tools} - set(TOOL_NAMES)
    if unknown:
        raise SettingsError(f"--tool-table {path} names no tool of Loupe's: {sorted(unknown)[0]!r}")
    return off


def shown_command(argv: list[str]) -> str:
    """The command as a person would repeat it: folders are theirs to name."""
    shown = ["loupe", *argv[1:]]
    for place, word in enumerate(shown[:-1]):
        if word in OWN_FOLDERS:
            shown[place + 1] = "DIR"
    return shlex.join(shown)
