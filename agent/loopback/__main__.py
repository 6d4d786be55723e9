"""`python -m agent.loopback`: serves a loopback model until it is interrupted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from agent.console import print_error, print_note
from agent.loopback.answering import Desk
from agent.loopback.app import Endpoint
from agent.loopback.endpoint import build_server, listen, url_of
from agent.loopback.limits import Limits
from agent.loopback.replies import Model
from agent.loopback.scripted import Scripted, load_script
from agent.loopback.table import MODELS, find_models
from tools.errors import LoupeError


def serve(
    model: Annotated[
        str, typer.Option(help=f"One of: {', '.join(MODELS)}; or the name that a script gets.")
    ] = "pixel-reader",
    script: Annotated[
        Path | None, typer.Option(help="YAML or JSON list of replies that is played back.")
    ] = None,
    port: Annotated[int, typer.Option(help="0 for one that is free.")] = 8099,
    latency: Annotated[float, typer.Option(min=0, help="Seconds before each answer.")] = 0.0,
    api_key: Annotated[str | None, typer.Option(help="Key that requests must bear.")] = None,
) -> None:
    """Serve OpenAI's chat completions on 127.0.0.1, for tests and demos."""
    models = _models(model, script)
    endpoint = Endpoint(Desk(models=models, limits=Limits(), api_key=api_key), latency_s=latency)
    server = build_server(endpoint)
    listener = listen(port)
    print_note(f"{', '.join(models)} at {url_of(listener)}; stop with Ctrl-C")
    server.run(sockets=[listener])


def _models(name: str, script: Path | None) -> dict[str, Model]:
    if script is None:
        return find_models(name)
    return {name: Scripted(load_script(script), at_end="restart")}


def main() -> None:
    """Run the command line; exit code 1 with one line where it cannot serve."""
    try:
        typer.run(serve)
    except LoupeError as error:
        print_error(str(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
