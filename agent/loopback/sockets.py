"""Lets a handler reset its client's connection, which ASGI has no word for. Knows no request."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol

Peer = tuple[str, int]
RESET_AT_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER on, no time to linger: closing sends RST in place of FIN."""


class Connections:
    """Open connections by the address of their client."""

    def __init__(self) -> None:
        self._transports: dict[Peer, asyncio.Transport] = {}

    def reset(self, peer: Peer) -> None:
        """Close a connection so that its client sees `connection reset by peer`."""
        transport = self._transports.get(peer)
        if transport is None:
            return
        opened: socket.socket | None = transport.get_extra_info("socket")
        if opened is not None:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        transport.abort()

    def protocol(self) -> type[H11Protocol]:
        """A protocol for uvicorn that keeps these connections up to date."""
        from uvicorn.protocols.http.h11_impl import H11Protocol

        transports = self._transports

        class WatchedProtocol(H11Protocol):
            def connection_made(self, transport: Any) -> None:
                super().connection_made(transport)
                transports[transport.get_extra_info("peername")[:2]] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.transport.get_extra_info("peername")[:2], None)
                super().connection_lost(exc)

        return WatchedProtocol
