"""What a table was made with: commit, versions, machine. Knows nothing of what was measured."""

import hashlib
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE_FOLDERS = ("tools", "knowledge", "graphs", "agent", "evals")

_NAMED_PACKAGES = (
    "loupe",
    "torch",
    "numpy",
    "scipy",
    "scikit-image",
    "pillow",
    "langgraph",
    "chromadb",
)


def commit_name() -> str:
    """The commit of the sources, with ``+changes`` where the tree differs from it.

    A copy that is no git checkout is named by its source digest instead.
    """
    if not (REPOSITORY / ".git").exists():
        return f"sources {source_digest()}"
    commit = _git("rev-parse", "--short=12", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return f"{commit}+changes" if changed else commit


def package_versions() -> dict[str, str]:
    """Version of each named package that is installed, and of Python."""
    versions = {"python": platform.python_version()}
    for name in _NAMED_PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def machine_name() -> str:
    """Processor architecture, number of cores and system."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"


def utc_now() -> str:
    """ISO 8601, seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def source_digest(sources: Sequence[str] = SOURCE_FOLDERS) -> str:
    """First 12 hex digits of the sha256 over the Python, YAML and CSV files of the sources.

    Cached results are kept under it, so that none outlives the code it came from.

    Args:
        sources: folders and files, from the repository's root.

    Raises:
        ValueError: a source does not exist.
    """
    digest = hashlib.sha256()
    for source in sources:
        root = REPOSITORY / source
        if not root.exists():
            raise ValueError(f"{root} is no source of this repository")
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.suffix in {".py", ".yaml", ".csv"} and path.is_file():
                digest.update(path.relative_to(REPOSITORY).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.strip()
