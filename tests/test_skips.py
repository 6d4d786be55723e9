"""The guard over skips, in a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TESTS = """
import pytest

def test_plain():
    pass

@pytest.mark.network
def test_marked():
    pass
"""


def test_a_folder_that_is_named_as_a_marker_skips_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "gpu" / "network"
    folder.mkdir(parents=True)
    for name in ("conftest.py", "allowed_skips.txt"):
        shutil.copy(HERE / name, folder / name)
    (folder / "test_one.py").write_text(TESTS, "utf-8")
    (tmp_path / "gpu" / "pytest.ini").write_text("[pytest]\nmarkers = network\n", "utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "network"],
        cwd=tmp_path / "gpu",
        capture_output=True,
        text=True,
        check=False,
        # What conftest.py takes in is found from where it lies.
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(HERE.parent)},
    )

    assert "1 passed, 1 skipped" in done.stdout, done.stdout + done.stderr
