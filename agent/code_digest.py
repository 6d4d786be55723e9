"""Digest of the code behind something kept, so that other code finds none of it. Knows no cache."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

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
    for path, meaning in sorted(_followed(modules, within, root).items()):
        digest.update(f"{path.relative_to(root)}\n{meaning}\n".encode())
    return digest.hexdigest()


def _followed(modules: tuple[str, ...], within: str, root: Path) -> dict[Path, str]:
    """What each file means."""
    found: dict[Path, str] = {}
    waiting = [(name, _path_of(name, root)) for name in modules]
    while waiting:
        name, path = waiting.pop()
        if path is None:
            raise ValueError(f"no module {name!r} below {str(root)!r}")
        if path in found:
            continue
        read = _read(path)
        found[path] = read.meaning
        for imported in read.imports:
            below = imported == within or imported.startswith(f"{within}.")
            if below and (place := _path_of(imported, root)) is not None:
                waiting.append((imported, place))
    return found


class _Module(NamedTuple):
    """What a file holds."""

    imports: list[str]
    """Names that may be modules: also those that are imported from a module."""
    meaning: str


def _read(path: Path) -> _Module:
    """Parse a file once: a product is learned after some forty of them are read."""
    tree, imports = ast.parse(path.read_bytes()), list[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imports.append(node.module)
            imports.extend(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            # Strings that stand alone: docstrings, of fields and constants too.
            node.body = [one for one in node.body if not _is_text(one)]
    return _Module(imports, ast.dump(tree))


def _path_of(module: str, root: Path) -> Path | None:
    base = root.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
