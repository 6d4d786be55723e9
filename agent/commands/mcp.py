"""`loupe mcp`: Loupe as tools of a chat assistant, over stdio or streamable HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import BaseUrl, Home, Model, Protocol, Strategy, settings_of

if TYPE_CHECKING:
    from agent.settings import Settings


def serve_mcp(
    ctx: typer.Context,
    http: Annotated[
        bool, typer.Option("--http", help="Streamable HTTP at /mcp in place of stdio.")
    ] = False,
    host: Annotated[
        str | None, typer.Option(help="With --http; another than loopback needs tokens.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="With --http. [default: 8700]")] = None,
    root: Annotated[
        list[Path] | None,
        typer.Option(help="Folder from which files may be named. [default, stdio: this one]"),
    ] = None,
    strategy: Strategy = None,
    model: Model = None,
    base_url: BaseUrl = None,
    protocol: Protocol = None,
    home: Home = None,
) -> None:
    """Serve the home's tools, resources and prompts over the Model Context Protocol."""
    from agent.console import print_note

    settings = settings_of(
        ctx,
        home=home,
        serve_host=host,
        serve_port=port,
        serve_roots=tuple(root) if root else None,
        strategy=strategy,
        model=model,
        base_url=base_url,
        protocol=protocol,
    )
    if not http:
        asyncio.run(_over_stdio(settings))
        return
    from agent.server.serving import serve

    def tell(url: str) -> None:
        print_note(f"Loupe's tools at {url}/mcp; stop with Ctrl-C")

    asyncio.run(serve(settings, tell=tell, only_mcp=True))


async def _over_stdio(settings: Settings) -> None:
    from agent.server.serving import missing_package

    with missing_package():
        from agent.mcp_server.building import build_mcp
        from agent.server.reception import open_reception

    if not settings.serve_roots:
        # Whoever starts the process reads here anyway; the home itself stays out of reach.
        settings = settings.model_copy(update={"serve_roots": (Path.cwd(),)})
    async with open_reception(settings) as reception:
        await build_mcp(reception).run_stdio_async()
