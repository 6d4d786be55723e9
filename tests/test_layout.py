from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

PACKAGES = ("agent", "tools", "knowledge", "graphs", "evals")
ROOT = Path(__file__).resolve().parents[1]
MAX_LINES = 300
HEAVY = ("torch", "transformers", "chromadb", "skimage", "matplotlib")

IMPORT_ALL = """
import importlib, json, pkgutil, sys, warnings
warnings.simplefilter("error")
told = {}
for name, heavy in json.loads(sys.argv[1]):
    package = importlib.import_module(name)
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not found.name.endswith(".__main__"):
            importlib.import_module(found.name)
    told[name] = [one for one in heavy if one in sys.modules]
print(json.dumps(told))
"""
NOT_LOADED = (
    ("tools", HEAVY),
    ("knowledge", HEAVY),
    ("agent", HEAVY),
    ("graphs", ("torch",)),
    ("evals", ("torch",)),
)
"""By package. In one process, in this order: whatever may load more comes later."""


def loaded_by(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints on stdout."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.fixture(scope="module")
def distributions() -> Mapping[str, list[str]]:
    """By package; all that is installed is looked through for it."""
    return packages_distributions()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_has_a_package_of_our_name(
    distributions: Mapping[str, list[str]], package: str
) -> None:
    assert set(distributions.get(package, [])) == {"loupe"}


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """What is loaded that should not be, once all modules of each package are imported."""
    told: dict[str, list[str]] = json.loads(loaded_by(IMPORT_ALL, json.dumps(NOT_LOADED)))
    return told


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_every_module_prints_nothing_and_loads_nothing_heavy(
    loaded: dict[str, list[str]], package: str
) -> None:
    assert loaded[package] == []


def test_the_command_line_starts_without_anything_heavy() -> None:
    code = "import sys, agent.cli; print(*[n for n in sys.argv[1:] if n in sys.modules])"

    assert loaded_by(code, *HEAVY, "langgraph", "numpy", "pydantic", "evals") == ""


def test_importing_agent_loads_nothing_and_still_gives_the_inspector() -> None:
    code = (
        "import sys, agent; before = [n for n in sys.argv[1:] if n in sys.modules];"
        "from agent import Inspector; print(before, Inspector.__module__)"
    )

    assert loaded_by(code, *HEAVY, "langgraph", "pydantic") == "[] agent.inspector"


def test_no_file_of_the_packages_or_of_their_tests_is_longer_than_300_lines() -> None:
    n_lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in (*PACKAGES, "tests")
        for path in (ROOT / folder).rglob("*.py")
    }

    assert "tests/test_layout.py" in n_lines
    assert {path: n for path, n in n_lines.items() if n > MAX_LINES} == {}
