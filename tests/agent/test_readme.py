"""What the README shows is there: its commands parse, its targets exist, its Python runs."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.cli import command as loupe

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
LINES = [
    line.split(" #")[0].strip() for kind, block in BLOCKS if not kind for line in block.split("\n")
]
COMMANDS = [line for line in LINES if line.startswith("loupe ")]
TARGETS = [line.split()[1] for line in LINES if line.startswith("make ")]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_readme_has_the_options_that_are_shown(line: str) -> None:
    command: Any = loupe()
    words = shlex.split(line)[1:]
    while hasattr(command, "commands"):
        command = command.get_command(None, words.pop(0))
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {"demo", "test"} <= set(TARGETS)
    assert [target for target in TARGETS if f"\n{target}:" not in makefile] == []


def test_the_python_of_the_readme_runs(shown: Any, samples: Any, tmp_path: Path) -> None:
    (block,) = [block for kind, block in BLOCKS if kind == "python"]
    normal = next(part for part in samples.parts if samples.truths[part.name] == "normal")
    (tmp_path / "part.png").write_bytes(normal.read_bytes())
    shutil.copytree(shown.home, "loupe-home", ignore=shutil.ignore_patterns("runs"))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block, "README.md", "exec"), {})
    assert printed.getvalue().startswith("normal ")
