"""Fuzzes readers of what others write: ``python -m evals.fuzz TARGET --seconds N``.

Any exception that is not of the tree of `tools.errors` is a finding, and so is a crash, or an input
that takes two minutes.
"""

from pathlib import Path
from typing import Annotated

import typer

from evals.fuzz.fuzzing import Fuzzed, fuzz, run_child
from tools.errors import SettingsError


def main(
    named: Annotated[
        list[str] | None, typer.Argument(metavar="TARGET...", help="All where none is named.")
    ] = None,
    seconds: Annotated[int, typer.Option(min=1, help="For each target.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="Of the fuzzer's draws.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder of what is found.")] = Path("fuzz-out"),
    child: Annotated[bool, typer.Option("--child", hidden=True)] = False,
) -> None:
    """Fuzz targets one after another and print a line for each."""
    from evals.fuzz import table

    if child and named:
        run_child(lambda: table.TARGETS[named[0]], out, seconds=seconds, seed=seed)
        return
    chosen = named or list(table.TARGETS)
    unknown = sorted(set(chosen) - set(table.TARGETS))
    if unknown:
        raise typer.BadParameter(f"no target {unknown[0]!r}; there are {', '.join(table.TARGETS)}")
    found = 0
    for name in chosen:
        target = table.TARGETS[name]
        try:
            run = fuzz(name, target, out.resolve() / name, seconds=seconds, seed=seed)
        except SettingsError as error:
            raise typer.BadParameter(str(error)) from error
        found += len(run.findings) + bool(run.ended)
        typer.echo(line_of(run))
    raise typer.Exit(1 if found else 0)


def line_of(run: Fuzzed) -> str:
    """What one run came to."""
    told = [f"{one['place']} ({one['input']})" for one in run.findings]
    if run.ended:
        told.append(f"ended early: {run.ended}")
    return (
        f"{run.target}: {run.seconds} s, seed {run.seed}, {run.n_inputs} inputs, "
        f"{run.covered} edges; " + ("; ".join(told) or "nothing found")
    )


if __name__ == "__main__":
    typer.run(main)
