"""`loupe correct`: what a person says was wrong; listed, undone. Knows no store's inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import Home, Json, settings_of, told_to_a_person

if TYPE_CHECKING:
    from agent.settings import Settings
    from agent.workshop import Workshop
    from graphs.conversation.contract import Correction
    from knowledge.corrections import KeptCorrection

WHAT = "name a unit as RUN/ASSET and say --not-a-defect, --missed BOX or --cause TEXT."


def correct(
    ctx: typer.Context,
    unit: Annotated[
        str | None, typer.Argument(metavar="RUN/ASSET", help="The unit, as `query units` names it.")
    ] = None,
    not_a_defect: Annotated[
        str | None,
        typer.Option("--not-a-defect", metavar="FINDING", help="F1; `all` for everything found."),
    ] = None,
    missed: Annotated[
        str | None, typer.Option(metavar="X1,Y1,X2,Y2", help="A defect was missed here.")
    ] = None,
    cause: Annotated[str | None, typer.Option(metavar="TEXT", help="What the cause was.")] = None,
    text: Annotated[str, typer.Option(help="What was missed, or the text of a rule.")] = "",
    failure_mode: Annotated[str, typer.Option(help="Id of the failure mode that it is.")] = "",
    becomes: Annotated[str, typer.Option("--as", help="case, reference or rule.")] = "case",
    why: Annotated[str, typer.Option(help="The reason.")] = "",
    who: Annotated[str, typer.Option(envvar="USER", help="The person.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Also where references change.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the corrections and end.")] = False,
    undo: Annotated[str | None, typer.Option(metavar="ID", help="Take one back, as K1.")] = None,
    json: Json = False,
    home: Home = None,
) -> None:
    """Correct a verdict: the references are asked first, and it can be undone."""
    from agent.home import require_home
    from agent.workshop import Workshop

    settings = settings_of(ctx, home=home)
    require_home(settings)
    with Workshop(settings) as workshop, told_to_a_person():
        if listed:
            _list(workshop, as_json=json)
        elif undo is not None:
            _undo(workshop, undo, as_json=json)
        else:
            given = _correction(unit, not_a_defect, missed, cause)
            given = given._replace(failure_mode=failure_mode, becomes=_becomes(becomes), why=why)
            given = given._replace(text=given.text or text)
            _take(workshop, settings, given, who=who, force=force, as_json=json)


def _becomes(value: str) -> str:
    if value not in ("case", "reference", "rule"):
        raise typer.BadParameter(f"--as must be case, reference or rule, got {value!r}.")
    return value


def _correction(
    unit: str | None, not_a_defect: str | None, missed: str | None, cause: str | None
) -> Correction:
    from graphs.conversation.contract import Correction

    given = [one for one in (not_a_defect, missed, cause) if one is not None]
    if unit is None or len(given) != 1:
        raise typer.BadParameter(WHAT)
    if not_a_defect is not None:
        finding = "" if not_a_defect.lower() == "all" else not_a_defect
        return Correction("not_a_defect", unit, finding=finding)
    if cause is not None:
        return Correction("cause", unit, text=cause)
    return Correction("missed", unit, box_xyxy=_box(missed or ""))


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        x1, y1, x2, y2 = (float(one) for one in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"--missed must be X1,Y1,X2,Y2, got {text!r}.") from None
    if not (x1 < x2 and y1 < y2):
        raise typer.BadParameter(f"--missed must have X1 < X2 and Y1 < Y2, got {text!r}.")
    return x1, y1, x2, y2


def _undo(workshop: Workshop, name: str, *, as_json: bool) -> None:
    from agent.corrections.taking import Corrector

    kept = Corrector(workshop=workshop).undo(name)
    _print(kept, f"{kept.id} is undone: {kept.said}", as_json=as_json)


def _take(
    workshop: Workshop,
    settings: Settings,
    given: Correction,
    *,
    who: str,
    force: bool,
    as_json: bool,
) -> None:
    from agent.corrections.taking import Corrector, told
    from agent.kept_runs import find_run, read_inspection

    run, _, asset = given.ref.rpartition("/")
    inspection = read_inspection(find_run(settings, run).inspection_path(asset))
    taken = Corrector(workshop=workshop).take(given, inspection, who=who, force=force)
    _print(taken.correction, told(taken.correction), as_json=as_json)


def _print(kept: KeptCorrection, text: str, *, as_json: bool) -> None:
    typer.echo(kept.model_dump_json() if as_json else text)


def _list(workshop: Workshop, *, as_json: bool) -> None:
    from agent.report.page import printable
    from graphs.conversation.tools.taken_corrections import correction_line

    for one in workshop.store.corrections.all():
        line = f"{correction_line(one)} {one.ref}".rstrip()
        typer.echo(one.model_dump_json() if as_json else str(printable(line)))
