"""Ports for programs that must be told theirs. Knows no program."""

from __future__ import annotations

import itertools
import os
import socket
from contextlib import suppress

FIRST, N_PORTS = 15_000, 15_000
"""Below those that a system gives to who asks for any, so that nobody takes one meanwhile."""
APART = 97
"""Ports of a process before those of the next."""
_numbers = itertools.count(APART * os.getpid())


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has, and that this process never gets again."""
    while True:
        port = FIRST + next(_numbers) % N_PORTS
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port
