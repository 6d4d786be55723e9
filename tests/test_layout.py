from __future__ import annotations

import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

PACKAGES = ("agent", "tools", "knowledge", "graphs", "evals")
HEAVY = ("torch", "transformers", "chromadb", "skimage", "matplotlib")

IMPORT_ALL = """
import importlib, pkgutil, sys, warnings
warnings.simplefilter("error")
package = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not found.name.endswith(".__main__"):
        importlib.import_module(found.name)
print(*[name for name in sys.argv[2:] if name in sys.modules])
"""


def loaded_by(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints on stdout."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_has_a_package_of_our_name(package: str) -> None:
    assert set(packages_distributions().get(package, [])) == {"loupe"}


@pytest.mark.parametrize(
    ("package", "heavy"),
    [
        ("agent", HEAVY),
        ("tools", HEAVY),
        ("knowledge", HEAVY),
        ("graphs", ("torch",)),
        ("evals", ("torch",)),
    ],
)
def test_importing_every_module_prints_nothing_and_loads_nothing_heavy(
    package: str, heavy: tuple[str, ...]
) -> None:
    assert loaded_by(IMPORT_ALL, package, *heavy) == ""


def test_the_command_line_starts_without_anything_heavy() -> None:
    code = "import sys, agent.cli; print(*[n for n in sys.argv[1:] if n in sys.modules])"

    assert loaded_by(code, *HEAVY, "langgraph", "numpy", "pydantic", "evals") == ""


def test_importing_agent_loads_nothing_and_still_gives_the_inspector() -> None:
    code = (
        "import sys, agent; before = [n for n in sys.argv[1:] if n in sys.modules];"
        "from agent import Inspector; print(before, Inspector.__module__)"
    )

    assert loaded_by(code, *HEAVY, "langgraph", "pydantic") == "[] agent.inspector"
