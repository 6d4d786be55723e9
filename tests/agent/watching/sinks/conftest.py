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

from evals.benchmarks.ports import free_port


@pytest.fixture
def mosquitto(tmp_path: Path) -> Callable[..., AbstractContextManager[int]]:
    """Starts a broker with these lines in its configuration; gives its port."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        pytest.skip("mosquitto absent: install it")

    @contextmanager
    def started(*lines: str) -> Iterator[int]:
        port = free_port()
        path = tmp_path / "mosquitto.conf"
        # As another user it would not read the keys of a test.
        first = [f"listener {port} 127.0.0.1", "persistence false", "user root"]
        path.write_text("\n".join([*first, *lines]))
        with subprocess.Popen([program, "-c", str(path)], stderr=subprocess.DEVNULL) as process:
            try:
                until_s = time.monotonic() + 60
                while not _listens(port):
                    assert process.poll() is None
                    assert time.monotonic() < until_s
                    time.sleep(0.01)
                yield port
            finally:
                process.terminate()

    return started


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
