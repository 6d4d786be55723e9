from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.code_digest import code_digest

Digest = Callable[[], str]


@pytest.fixture
def digest(tmp_path: Path) -> Digest:
    """Of `top`, which imports `low.one`, which imports `low.two` inside a function."""
    write(tmp_path, "top.py", "from low.one import f\nimport other\n")
    write(tmp_path, "low/__init__.py", "")
    write(tmp_path, "low/one.py", "def f():\n    from low import two\n    return two.LIMIT\n")
    write(tmp_path, "low/two.py", '"""Text."""\nLIMIT = 3\n"""Of what."""\n')
    write(tmp_path, "low/unused.py", "A = 1\n")
    write(tmp_path, "other.py", "B = 1\n")

    def taken() -> str:
        code_digest.cache_clear()
        return code_digest("top", within="low", root=tmp_path)

    return taken


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("low/two.py", "# Why.\nLIMIT = (3)\n"),
        ("low/unused.py", "A = 2\n"),
        ("other.py", "B = 2\n"),
    ],
)
def test_what_changes_no_meaning_or_is_not_followed_does_not_count(
    name: str, text: str, digest: Digest, tmp_path: Path
) -> None:
    before = digest()
    write(tmp_path, name, text)

    assert digest() == before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("low/two.py", "LIMIT = 4\n"),
        ("low/__init__.py", "import low.unused\n"),
        ("top.py", "from low.one import f\n"),
    ],
)
def test_what_changes_a_module_that_is_reached_counts(
    name: str, text: str, digest: Digest, tmp_path: Path
) -> None:
    before = digest()
    write(tmp_path, name, text)

    assert digest() != before


def test_a_name_of_no_module_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"no module 'tools\.nothing'"):
        code_digest("tools.nothing", within="tools")


def test_nothing_is_imported() -> None:
    before = set(sys.modules)
    code_digest.cache_clear()
    code_digest("tools.parts", within="tools")

    assert not {name for name in sys.modules.keys() - before if name.startswith("tools")}
