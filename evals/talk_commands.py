"""The command `loupe eval talk`. Imports only typer before it is called."""

from pathlib import Path
from typing import Annotated

import typer


def join(app: typer.Typer) -> None:
    """Add the command."""
    app.command("talk")(hold_talk)


def hold_talk(
    out: Annotated[Path, typer.Option(help="Folder of boards, home and talk.md.")] = (
        Path("loupe-tables") / "talk"
    ),
    boards: Annotated[
        int, typer.Option(min=2, max=10, help="For each of 3 days and 4 stations.")
    ] = 4,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Folder of the data sets: real boards of DeepPCB."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the first board.")] = 7000,
) -> None:
    """Hold a root-cause conversation over boards with a planted cause: both minds, 8D reports."""
    from evals.talks.run import TalkRun, hold, untraced

    run = TalkRun(
        out=out,
        per_group=boards,
        seed=seed,
        data=data,
        tell=lambda line: typer.echo(line, err=True),
    )
    for one in hold(run):
        wrong = untraced(one, run.home)
        calls = sum(done.usage.vlm_calls for _, done in one.turns)
        typer.echo(
            f"{one.mind}: {len(one.turns)} turns, {calls} VLM calls, "
            f"{len(wrong)} numbers without their inspections{': ' + ', '.join(wrong) * bool(wrong)}"
        )
    typer.echo(f"transcript: {out / 'talk.md'}")
