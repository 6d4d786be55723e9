"""`loupe report`: the pages of a run, made again from its records. Inspects nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.commands.options import Home, Json, settings_of

Run = Annotated[str, typer.Argument(help="Name of the run in the home, or path of its folder.")]
Asset = Annotated[
    str | None, typer.Option("--asset", help="One inspection: its id or the name of its file.")
]


def make_report(
    ctx: typer.Context, run: Run, asset: Asset = None, json: Json = False, home: Home = None
) -> None:
    """Make report.html of a run and of its inspections, each a page that holds all it shows."""
    from json import dumps

    from agent.console import progress_on_stderr
    from agent.kept_runs import find_run
    from agent.report.files import write_pages

    folder = find_run(settings_of(ctx, home=home), run)
    with progress_on_stderr() as progress:

        def tell(done: int, total: int) -> None:
            progress("writing pages", done, total)

        paths = write_pages(folder, asset, tell=tell)
    if json:
        index, *pages = map(str, paths)
        typer.echo(dumps({"run": index, "inspections": pages}, ensure_ascii=False))
        return
    for path in paths if asset is None else paths[1:]:
        typer.echo(str(path))
