"""`loupe show`: a kept inspection, or a run of them, told in the terminal. Inspects nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import Home, Json, settings_of
from agent.commands.report import Asset

if TYPE_CHECKING:
    from agent.settings import Settings
    from agent.trace import Trace
    from graphs.records import Inspection


def show_inspection(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(metavar="RUN", help="A run, or the inspection.json of one inspection."),
    ],
    asset: Asset = None,
    json: Json = False,
    home: Home = None,
) -> None:
    """Tell what was found, how, and from which evidence."""
    from agent.console import terminal
    from agent.report.terminal import told
    from agent.rows import table_of

    found = _found(settings_of(ctx, home=home), what, asset)
    if json:
        for inspection, _ in found:
            typer.echo(inspection.model_dump_json())
        return
    console = terminal()
    if len(found) > 1:
        console.print(table_of([inspection for inspection, _ in found]))
        console.print("one of them as a story: --asset with the name of its file")
        return
    ((inspection, trace),) = found
    console.print(told(inspection, trace))


def _found(settings: Settings, what: str, asset: str | None) -> list[tuple[Inspection, Trace]]:
    from agent.kept_runs import find_run, inspections_of, read_inspection

    file = Path(what)
    if file.suffix == ".json" and not file.is_dir():
        if asset is not None:
            raise typer.BadParameter("--asset chooses from a run; a file holds one inspection.")
        return [(read_inspection(file), _trace(file))]
    run = find_run(settings, what)
    return [(inspection, _trace(path)) for path, inspection in inspections_of(run, asset)]


def _trace(record: Path) -> Trace:
    """The trace beside a record; an empty one where there is none."""
    from agent.trace import NO_TRACE, read_trace

    path = record.with_name("trace.jsonl")
    return read_trace(path) if path.is_file() else NO_TRACE
