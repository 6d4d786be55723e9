"""A server in a thread of its own, for tests and measurements. Knows no route."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.server.serving import serve
from tools.errors import SettingsError

if TYPE_CHECKING:
    import httpx

    from agent.settings import Settings

PATIENCE_S = 120.0


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    url: str
    settings: Settings

    def client(self, token: str = "") -> httpx.Client:
        """A client of a person, or of nobody."""
        import httpx

        from tools.certificates import trusted_authorities

        return httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=PATIENCE_S,
            trust_env=False,
            verify=trusted_authorities(by_environment=False),
        )


@contextmanager
def served(settings: Settings, **given: Any) -> Iterator[Running]:
    """Serve a home from a thread, and stop cleanly at the end.

    Args:
        settings: serve_port 0 for one that is free.
        **given: what an Inspector takes besides.

    Raises:
        SettingsError: where it does not come up; the reason comes with it.
    """
    told: queue.Queue[str | BaseException] = queue.Queue()
    stopping: queue.Queue[Callable[[], object]] = queue.Queue()

    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        stopping.put(lambda: loop.call_soon_threadsafe(stop.set))
        await serve(settings, tell=told.put, stop=stop, **given)

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            told.put(error)

    thread = threading.Thread(target=run, name="served", daemon=True)
    thread.start()
    try:
        url = told.get(timeout=PATIENCE_S)
        if isinstance(url, BaseException):
            raise SettingsError(f"the server did not come up: {url}") from url
        yield Running(url, settings)
    finally:
        if thread.is_alive():
            stopping.get(timeout=PATIENCE_S)()
            thread.join(PATIENCE_S)
