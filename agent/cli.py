"""The command line `loupe`: its commands, and the one boundary where errors become a line.

Heavy modules are imported inside the commands, so that `loupe --help` is quick.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from agent.commands import (
    batch,
    chat,
    correct,
    demo,
    doctor,
    inspection,
    marking,
    mcp,
    product_knowledge,
    query,
    replay,
    report,
    schema,
    serve,
    show,
    training,
    watch,
    weights,
)
from agent.console import print_error
from tools.errors import LoupeError

GROUP = "loupe.commands"
# Typer ships its own copy of click; this is the base of what it raises for a wrong command line.
UsageError: Any = typer.BadParameter.__base__


@cache
def _joined() -> dict[str, EntryPoint]:
    """Commands of other packages, by name; none is imported."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


class JoinedGroup(TyperGroup):
    """Takes in the commands of other packages, whose modules import nothing heavy."""

    def list_commands(self, ctx: Any) -> list[str]:
        own = super().list_commands(ctx)
        return [*own, *(name for name in _joined() if name not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _joined() and cmd_name not in self.commands:
            command = typer.main.get_command(_joined()[cmd_name].load())
            command.name = cmd_name
            self.commands[cmd_name] = command
        return super().get_command(ctx, cmd_name)


app = typer.Typer(
    name="loupe",
    cls=JoinedGroup,
    help="Inspect parts: verdict, regions, rule broken, cause and remediation, with evidence.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("inspect")(inspection.inspect_parts)
app.command("chat")(chat.chat)
app.command("query")(query.query)
app.command("correct")(correct.correct)
app.command("batch")(batch.run_batch)
app.command("watch")(watch.watch_folder)
app.add_typer(product_knowledge.app, name="knowledge")
app.command("demo")(demo.run_demo)
app.command("doctor")(doctor.run_doctor)
app.command("schema")(schema.print_schema)
app.command("report")(report.make_report)
app.command("show")(show.show_inspection)
app.command("replay")(replay.replay)
app.command("serve")(serve.serve_home)
app.command("mcp")(mcp.serve_mcp)
app.command("mark")(marking.mark_picture)
app.add_typer(weights.app, name="models")
app.add_typer(training.app, name="train")


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"loupe {version('loupe')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _loupe(
    ctx: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Folder of everything that is kept. [env: LOUPE_HOME]")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    ctx.obj = {"home": home}
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@cache
def command() -> Any:
    """`app` as click has it, with all that is below it; building it takes 0.1 s."""
    return typer.main.get_command(app)


def main() -> None:
    """Run the command line; exit codes 0 done, 1 error, 2 usage, 3 as `--fail-on` says."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and give its exit code; the one boundary where errors become lines."""
    try:
        code = command()(arguments, standalone_mode=False)
    except UsageError as error:
        # A group that is called without a command has printed its help, and has no message.
        message = " ".join(error.format_message().split())
        if message:
            print_error(f"{message} See `loupe --help`.")
        return 2
    except LoupeError as error:
        print_error(str(error))
        return 1
    except (KeyboardInterrupt, typer.Abort):
        print_error("interrupted")
        return 130
    except BrokenPipeError:
        # The reader of stdout went away, as in `loupe schema | head`.
        sys.stderr.close()
        return 1
    except OSError as error:
        # A disc that is full, a folder that may not be written: no bug, so no traceback.
        named = f"{str(error.filename)!r}: " if error.filename else ""
        print_error(f"{named}{error.strerror or error}; check the path, its rights and the disc")
        return 1
    return code if isinstance(code, int) else 0
