"""Digest of the code behind something kept, so that other code finds none of it. Knows no cache."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""Of the installed packages."""


@cache
def code_digest(*modules: str, within: str, root: Path = ROOT) -> str:
    """Digest of modules and of all that they import of one package, at whatever depth.

    Comments, docstrings and layout do not count. Nothing is imported.

    Args:
        modules: dotted names.
        within: the package whose modules are followed; others count where they are named.
        root: folder of the packages.

    Raises:
        ValueError: where a named module is none of these packages.
    """
    digest = hashlib.sha256()
    for path in sorted(_followed(modules, within, root)):
        digest.update(f"{path.relative_to(root)}\n{_meaning(path)}\n".encode())
    return digest.hexdigest()


def _followed(modules: tuple[str, ...], within: str, root: Path) -> set[Path]:
    found: set[Path] = set()
    waiting = [(name, _path_of(name, root)) for name in modules]
    while waiting:
        name, path = waiting.pop()
        if path is None:
            raise ValueError(f"no module {name!r} below {str(root)!r}")
        if path in found:
            continue
        found.add(path)
        for imported in _imports(path):
            below = imported == within or imported.startswith(f"{within}.")
            if below and (place := _path_of(imported, root)) is not None:
                waiting.append((imported, place))
    return found


def _imports(path: Path) -> Iterator[str]:
    """Names that may be modules: also those that are imported from a module."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _path_of(module: str, root: Path) -> Path | None:
    base = root.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _meaning(path: Path) -> str:
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            # Strings that stand alone: docstrings, of fields and constants too.
            node.body = [one for one in node.body if not _is_text(one)]
    return ast.dump(tree)


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
