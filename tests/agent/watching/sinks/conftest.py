"""Fixtures: a real broker."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest


@pytest.fixture
def mosquitto(tmp_path: Path) -> Callable[..., AbstractContextManager[int]]:
    """Starts a broker with these lines in its configuration; gives its port."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        pytest.skip("mosquitto absent: install it")

    @contextmanager
    def started(*lines: str) -> Iterator[int]:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        path = tmp_path / "mosquitto.conf"
        # As another user it would not read the keys of a test.
        first = [f"listener {port} 127.0.0.1", "persistence false", "user root"]
        path.write_text("\n".join([*first, *lines]))
        with subprocess.Popen([program, "-c", str(path)], stderr=subprocess.DEVNULL) as process:
            try:
                for _ in range(500):
                    with socket.socket() as probe:
                        if probe.connect_ex(("127.0.0.1", port)) == 0:
                            break
                    time.sleep(0.01)
                yield port
            finally:
                process.terminate()

    return started
