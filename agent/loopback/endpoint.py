"""Runs the endpoint: in a thread for tests, or in the foreground. Knows no wire format."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.loopback.answering import Desk
from agent.loopback.app import Endpoint
from agent.loopback.batches import BatchDesk
from agent.loopback.limits import Limits
from agent.loopback.record import Record
from agent.loopback.replies import Model
from agent.loopback.table import find_models
from tools.errors import SettingsError

if TYPE_CHECKING:
    from uvicorn import Server

HOST = "127.0.0.1"
PATIENCE_S = 60.0
BACKLOG = 2048
"""Connections that wait to be accepted; what uvicorn takes by default."""


@dataclass(frozen=True)
class Loopback:
    """A running endpoint."""

    base_url: str
    """Ends in `/v1`, as a client's `base_url` does."""
    model: str
    """The name of its first model."""
    endpoint: Endpoint

    @property
    def record(self) -> Record:
        """What it has received."""
        return self.endpoint.record

    @property
    def batches(self) -> BatchDesk:
        """Its files and batches."""
        return self.endpoint.batches

    def set_latency(self, seconds: float) -> None:
        """Change how long each answer takes at least, from the next request on."""
        self.endpoint.latency_s = seconds


@contextmanager
def loopback_endpoint(
    model: str | Model | Mapping[str, Model] = "pixel-reader",
    *,
    latency_s: float = 0.0,
    api_key: str | None = None,
    limits: Limits | None = None,
    port: int = 0,
) -> Iterator[Loopback]:
    """Serve models on 127.0.0.1 from a thread, and stop cleanly at the end.

    Args:
        model: a name of `MODELS`, a model (served as `loopback`), or models by name.
        latency_s: the least that each answer takes, from the arrival of its request.
        api_key: where given, requests must bear it.
        limits: how much is taken; by default what the real API takes.
        port: 0 for one that is free.

    Raises:
        SettingsError: an unknown model, a port in use, or a missing package.
    """
    models = find_models(model)
    desk = Desk(models=models, limits=limits or Limits(), api_key=api_key)
    endpoint = Endpoint(desk, latency_s=latency_s)
    listener = listen(port)
    server = build_server(endpoint)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="loopback", daemon=True
    )
    thread.start()
    try:
        _await_start(server, thread)
        yield Loopback(url_of(listener), next(iter(models)), endpoint)
    finally:
        endpoint.closing = True
        server.should_exit = True
        thread.join(PATIENCE_S)
        listener.close()


def build_server(endpoint: Endpoint) -> Server:
    """A uvicorn server of the endpoint; uvicorn is imported here.

    Raises:
        SettingsError: the packages of the extra `server` are not installed.
    """
    try:
        import uvicorn

        app = endpoint.app()
    except ImportError as error:
        raise SettingsError(
            f"the loopback endpoint needs {error.name!r}; pip install 'loupe[server]'"
        ) from error
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=endpoint.connections.protocol(),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def listen(port: int) -> socket.socket:
    """A socket that listens on the loopback address; who comes before the server accepts, waits.

    Raises:
        SettingsError: the port is taken.
    """
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it on, each answer
    # waits 40 ms for a delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"port {port} of {HOST} cannot be used ({error.strerror}); name another, or 0 for any"
        ) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """The base URL behind a socket."""
    return f"http://{HOST}:{listener.getsockname()[1]}/v1"


def _await_start(server: Server, thread: threading.Thread) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until_s:
            raise SettingsError("the loopback endpoint did not start; see the log of uvicorn")
        time.sleep(0.002)
