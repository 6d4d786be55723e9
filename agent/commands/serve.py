"""`loupe serve`: the page, REST, events and the OpenAI-compatible model. Knows no route."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from agent.commands.options import BaseUrl, Home, Model, Protocol, Strategy, settings_of


def serve_home(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address; another than loopback needs tokens.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="0 for one that is free. [default: 8700]")
    ] = None,
    root: Annotated[
        list[Path] | None, typer.Option(help="Folder from which callers may name files.")
    ] = None,
    remote_urls: Annotated[
        bool | None, typer.Option("--remote-urls/--no-remote-urls", help="Fetch pictures by URL.")
    ] = None,
    human_review: Annotated[
        bool | None,
        typer.Option(
            "--human-review/--no-human-review", help="What is unclear waits for a person."
        ),
    ] = None,
    strategy: Strategy = None,
    model: Model = None,
    base_url: BaseUrl = None,
    protocol: Protocol = None,
    home: Home = None,
) -> None:
    """Serve the home: a page, REST with events, an OpenAI-compatible model, MCP at /mcp."""
    from agent.console import print_note
    from agent.server.serving import serve

    settings = settings_of(
        ctx,
        home=home,
        serve_host=host,
        serve_port=port,
        serve_roots=tuple(root) if root else None,
        remote_urls=remote_urls,
        human_review=human_review,
        strategy=strategy,
        model=model,
        base_url=base_url,
        protocol=protocol,
    )

    def tell(url: str) -> None:
        print_note(f"Loupe at {url}; stop with Ctrl-C")

    asyncio.run(serve(settings, tell=tell))
