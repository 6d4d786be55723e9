"""Listens and serves until it is interrupted: loopback, or with a token for each person.

Knows no route.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from tools.errors import SettingsError

if TYPE_CHECKING:
    from agent.settings import Settings

GRACE_S = 5


def check_open(settings: Settings) -> None:
    """See that who listens beyond this machine asks for a token.

    Raises:
        SettingsError: where it does not.
    """
    if not settings.serve_tokens and not is_loopback(settings.serve_host):
        raise SettingsError(
            f"setting serve_host is {settings.serve_host!r}, which others can reach, and "
            "serve_tokens is empty; set LOUPE_SERVE_TOKENS=name=token, one for each person, or "
            "listen on 127.0.0.1"
        )


@contextmanager
def missing_package() -> Iterator[None]:
    """A package of the extra `server` that is not there is told in a line.

    Raises:
        SettingsError: in the place of the ImportError.
    """
    try:
        yield
    except ImportError as error:
        raise SettingsError(
            f"the server needs {error.name!r}; pip install 'loupe[server]'"
        ) from error


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """A bound socket.

    Raises:
        SettingsError: where the address cannot be used.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        raise SettingsError(
            f"port {port} of {host!r} cannot be used ({error.strerror}); name another by "
            "serve_port, or 0 for any"
        ) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """The address of a page behind a bound socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    settings: Settings,
    *,
    tell: Callable[[str], None],
    stop: asyncio.Event | None = None,
    only_mcp: bool = False,
    **given: Any,
) -> None:
    """Serve a home.

    Args:
        settings: of the process.
        tell: is told the address when it can be reached.
        stop: ends the server when it is set; Ctrl-C does so too.
        only_mcp: leave out the page, REST and the OpenAI-compatible model.
        **given: what an Inspector takes besides.

    Raises:
        SettingsError: where it may not listen as it is set, or a package is missing.
    """
    check_open(settings)
    with missing_package():
        import uvicorn

        from agent.server.app import build_app
        from agent.server.reception import open_reception
    listener = listen(settings.serve_host, settings.serve_port)
    try:
        async with open_reception(settings, **given) as reception:
            config = uvicorn.Config(
                build_app(reception, only_mcp=only_mcp),
                lifespan="on",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
            )
            server = uvicorn.Server(config)
            async with _stopping(server, stop):
                # Who comes before the server accepts waits; bound alone, it would be refused.
                listener.listen(config.backlog)
                tell(url_of(listener))
                await server.serve(sockets=[listener])
    finally:
        listener.close()


@asynccontextmanager
async def _stopping(server: Any, stop: asyncio.Event | None) -> AsyncIterator[None]:
    async def wait() -> None:
        if stop is not None:
            await stop.wait()
            server.should_exit = True

    waiting = asyncio.create_task(wait())
    try:
        yield
    finally:
        waiting.cancel()
