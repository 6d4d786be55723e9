"""Fixtures that several folders of tests share, and the guard over skips."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

ALLOWED_SKIPS = Path(__file__).parent / "allowed_skips.txt"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-network", action="store_true", help="run tests marked network")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, each with its reason."""
    has_gpu = any("gpu" in item.keywords for item in items) and _cuda_is_present()
    for item in items:
        if "gpu" in item.keywords and not has_gpu:
            item.add_marker(pytest.mark.skip(reason="gpu: no CUDA device is present"))
        if "network" in item.keywords and not config.getoption("--run-network"):
            item.add_marker(pytest.mark.skip(reason="network: not run, pass --run-network"))


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


def _cuda_is_present() -> bool:
    if importlib.util.find_spec("torch") is None:
        return False
    import torch

    return torch.cuda.is_available()
