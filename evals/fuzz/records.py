"""What is fuzzed, and what a finding is. Knows no engine."""

from __future__ import annotations

import atexit
import tempfile
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tools.errors import LoupeError, ToolError

OURS = ("tools", "knowledge", "graphs", "agent")
ROOT = Path(__file__).resolve().parents[2]


@cache
def scratch() -> Path:
    """A folder for the inputs of this process, which goes away with it."""
    folder = tempfile.TemporaryDirectory(prefix="loupe-fuzz-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


class Target(NamedTuple):
    """A reader, and what it is fed with first."""

    run: Callable[[bytes], object]
    """Reads; what it refuses it says by an error of `allowed`."""
    seeds: Callable[[], Sequence[bytes]]
    """Inputs that are read as they are meant."""
    modules: Sequence[str]
    """What is to be covered; imported before anything is read."""
    allowed: tuple[type[Exception], ...] = ()
    """Besides the tree of `tools.errors`, as the reader's docstring says."""


class Finding(NamedTuple):
    """An input at which a reader breaks down."""

    place: str
    """`type at file:line`, the innermost of ours; findings of one place are one."""
    told: str
    """The traceback."""


def finding_of(target: Target, data: bytes) -> Finding | None:
    """Run once; None where the reader reads the input, or refuses it in its words."""
    allowed: tuple[type[Exception], ...] = (LoupeError, ToolError, *target.allowed)
    try:
        target.run(data)
    except allowed:
        return None
    # Whatever else comes is what is looked for.
    except Exception as error:  # noqa: BLE001
        return Finding(_place(error), "".join(traceback.format_exception(error, limit=-12)))
    return None


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if _is_ours(one.filename)]
    last = own[-1] if own else frames[-1]
    path = Path(last.filename)
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(path.name)
    return f"{type(error).__name__} at {name.as_posix()}:{last.lineno}"


def _is_ours(name: str) -> bool:
    path = Path(name)
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in OURS
