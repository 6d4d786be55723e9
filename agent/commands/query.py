"""`loupe query`: figures over the units of many runs. Knows no store and inspects nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import Home, Json, settings_of, told_to_a_person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphs.conversation.queries import QueryResult

MEASURES = ("count", "trend", "p_chart", "pareto", "units")


def _measure(value: str) -> str:
    value = value.replace("-", "_")
    if value not in MEASURES:
        raise typer.BadParameter(f"must be {', '.join(MEASURES)}, got {value!r}.")
    return value


def query(
    ctx: typer.Context,
    measure: Annotated[
        str, typer.Argument(callback=_measure, help="count, trend, p_chart, pareto or units.")
    ] = "count",
    by: Annotated[
        str, typer.Option(help="product, defect, cause, day, weekday, week, ... or a label.")
    ] = "",
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Only such units; may be repeated."),
    ] = None,
    since: Annotated[str, typer.Option(help="ISO 8601.")] = "",
    until: Annotated[str, typer.Option(help="ISO 8601, not included.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    like: Annotated[
        str | None, typer.Option(metavar="RUN/ASSET", help="Units that look like this one.")
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="Write the chart to this PNG.")] = None,
    json: Json = False,
    home: Home = None,
) -> None:
    """Count inspected units over all runs: by defect, station, lot, day; p-chart, Pareto."""
    runs = settings_of(ctx, home=home).home / "runs"
    with told_to_a_person():
        if like is not None:
            _print_like(runs.parent, like, k=min(limit, 20), as_json=json)
            return
        asked = {"measure": measure, "by": by, "since": since, "until": until, "limit": limit}
        result = _asked(runs, asked, where or [])
    if figure is not None:
        _write_figure(result, figure)
    typer.echo(result.model_dump_json() if json else result.text)


def _asked(runs: Path, asked: Mapping[str, object], where: list[str]) -> QueryResult:
    from agent.units import ask_units
    from graphs.conversation.queries import Query
    from graphs.conversation.tools.query_units import read_where

    return ask_units(runs, Query.model_validate({**asked, "where": read_where(where)}))


def _print_like(home: Path, ref: str, *, k: int, as_json: bool) -> None:
    import json

    from agent.units.likeness import like_units

    for one in like_units(home, ref, k=k):
        if as_json:
            typer.echo(json.dumps(one._asdict()))
            continue
        labels = ", ".join(f"{name} {value}" for name, value in sorted(one.labels.items()))
        defects = ", ".join(one.defects) or "-"
        typer.echo(f"{one.similarity:.3f}  {one.ref}  {one.decision}  {defects}  {labels}")


def _write_figure(result: QueryResult, path: Path) -> None:
    import io

    from PIL import Image

    from agent.run_folder import write_atomically
    from graphs.conversation.figures.charts import draw_result

    buffer = io.BytesIO()
    Image.fromarray(draw_result(result)).save(buffer, format="PNG")
    write_atomically(path, buffer.getvalue())
