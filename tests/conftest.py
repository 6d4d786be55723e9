"""Fixtures that several folders of tests share, and the guard over skips."""

from __future__ import annotations

import gc
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

# The processes of a run share the cores already: a second thread of torch in each only waits.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same inputs in each run: what breaks a test is a change. `evals.fuzz` looks for new ones.
# Nothing is wrong because a machine is slow.
slow = [HealthCheck.too_slow]
settings.register_profile("suite", derandomize=True, deadline=None, suppress_health_check=slow)
settings.load_profile("suite")

# Collecting and running make many objects that stay; each collection would look at them again.
gc.set_threshold(20_000, 20, 20)

pytest_plugins = ["tests.tiny_models"]

ALLOWED_SKIPS = Path(__file__).parent / "allowed_skips.txt"

StartChroma: TypeAlias = Callable[
    [Path], AbstractContextManager[tuple[str, "subprocess.Popen[bytes]"]]
]
Once: TypeAlias = Callable[[str, Callable[[Path], None]], Path]
"""Fills a folder of a name once, whichever process of the run asks first; gives the folder."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-network", action="store_true", help="run tests marked network")


def pytest_configure(config: pytest.Config) -> None:
    """Nobody is trusted: a client that reads all authorities takes 30 ms, and none is needed."""
    if not config.getoption("--run-network"):
        os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("nobody.pem"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, each with its reason."""
    has_gpu = any(item.get_closest_marker("gpu") for item in items) and _cuda_is_present()
    for item in items:
        if item.get_closest_marker("gpu") and not has_gpu:
            item.add_marker(pytest.mark.skip(reason="gpu: no CUDA device is present"))
        if item.get_closest_marker("network") and not config.getoption("--run-network"):
            item.add_marker(pytest.mark.skip(reason="network: not run, pass --run-network"))


def pytest_collection_finish() -> None:
    """Leave out of collections what was imported: some 700,000 objects that stay."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that skipped for a reason nobody agreed to."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    lines = ALLOWED_SKIPS.read_text(encoding="utf-8").splitlines()
    allowed = [line for line in lines if line and not line.startswith("#")]
    for report in reporter.stats.get("skipped", []):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if not any(pattern in reason for pattern in allowed):
            reporter.write_line(
                f"skip not in {ALLOWED_SKIPS.name}: {report.nodeid}: {reason}", red=True
            )
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; the test skips where it is absent."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("LOUPE_SHARED_DATA", default)).resolve()
    if not folder.is_dir():
        pytest.skip("shared data absent: set LOUPE_SHARED_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """What takes long and nobody changes is made by one of the processes that share the tests."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def filled(name: str, fill: Callable[[Path], None]) -> Path:
        folder, done = root / f"once-{name}", root / f"once-{name}.done"
        with FileLock(root / f"once-{name}.lock"):
            if not done.exists():
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return filled


@pytest.fixture(scope="session")
def chroma_server(start_chroma: StartChroma, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Address of a Chroma server on this machine."""
    with start_chroma(tmp_path_factory.mktemp("chroma")) as (url, _):
        yield url


@pytest.fixture(scope="session")
def start_chroma() -> StartChroma:
    """Starts a Chroma server of one's own in a folder; gives its address and its process."""
    return _chroma_in


@contextmanager
def _chroma_in(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    from evals.benchmarks.ports import free_port

    port = free_port()
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder / "data")]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)], stdout=log, stderr=log
        ) as server,
    ):
        try:
            _await_port(port, server, folder / "log")
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.kill()


def _await_port(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until_s = time.monotonic() + 60.0
    while server.poll() is None and time.monotonic() < until_s:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


def _cuda_is_present() -> bool:
    if importlib.util.find_spec("torch") is None:
        return False
    import torch

    return torch.cuda.is_available()
