"""The folder of one run: its settings, inspections, pictures and checkpoints. Written atomically.

Knows nothing of how an inspection is made.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from graphs.records import Inspection
from tools.errors import SettingsError

RUN_FORMAT = "loupe.run/1"


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; its folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def asset_id(path: Path) -> str:
    """A name for an asset in a run: the file's stem and a digest of its whole path."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip(".-")[:48] or "asset"
    return f"{stem}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]}"


class RunFolder:
    """One run on disk; nothing is made before the first write."""

    def __init__(self, root: Path) -> None:
        """Keep to a folder, `<home>/runs/<run-id>` by custom."""
        self.root = root
        self._is_first = not root.parent.exists()

    @classmethod
    def new(cls, runs: Path) -> RunFolder:
        """A folder for a new run, named by the time; the folder itself is not yet made."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        root, number = runs / stamp, 1
        while root.exists():
            number += 1
            root = runs / f"{stamp}-{number}"
        return cls(root)

    @classmethod
    def given(cls, root: Path) -> RunFolder:
        """A folder that a person named for a new run.

        Raises:
            SettingsError: where it is a file, or holds something already.
        """
        if root.is_file() or (root.is_dir() and any(root.iterdir())):
            raise SettingsError(
                f"--out must be a new or an empty folder, got {str(root)!r}; "
                "name another, or go on with a run by --resume"
            )
        return cls(root)

    @classmethod
    def existing(cls, runs: Path, name: str) -> RunFolder:
        """The folder of a run that is to go on.

        Args:
            runs: the folder of all runs.
            name: of the run, or a path to its folder.

        Raises:
            SettingsError: where there is no such run.
        """
        for root in (runs / name, Path(name)):
            if (root / "run.json").is_file():
                return cls(root)
        known = sorted(p.parent.name for p in runs.glob("*/run.json"))
        names = ", ".join(known) if known else "none"
        raise SettingsError(f"no run {name!r} to resume in {runs}; there are: {names}")

    @property
    def artifacts(self) -> Path:
        """Folder of content-addressed pictures."""
        return self.root / "artifacts"

    @property
    def checkpoints(self) -> Path:
        """SQLite file of the graph's checkpoints."""
        return self.root / "checkpoints.sqlite"

    def inspection_path(self, asset: str) -> Path:
        """Where the record of an asset lies."""
        return self.root / "inspections" / asset / "inspection.json"

    def overlay_path(self, asset: str) -> Path:
        """Where the picture with the regions drawn lies."""
        return self.root / "inspections" / asset / "overlay.png"

    def write_run(self, record: Mapping[str, Any]) -> None:
        """Write `run.json`: settings without secrets, versions, command, seed."""
        document = {"format": RUN_FORMAT, **record}
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        write_atomically(self.root / "run.json", text.encode())

    def read_run(self) -> dict[str, Any]:
        """What `run.json` says."""
        document: dict[str, Any] = json.loads((self.root / "run.json").read_text("utf-8"))
        return document

    def write_inspection(self, asset: str, inspection: Inspection) -> None:
        """Write the record of an asset."""
        text = inspection.model_dump_json(indent=2) + "\n"
        write_atomically(self.inspection_path(asset), text.encode())

    def finished(self, asset: str, path: Path) -> Inspection | None:
        """The record of an asset that needs no more work.

        Args:
            asset: its name in this run.
            path: the file as it is now; another content than the recorded one is inspected anew.

        Returns:
            None where there is no record, where it failed, or where the file has changed.
        """
        try:
            inspection = Inspection.model_validate_json(self.inspection_path(asset).read_bytes())
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except (FileNotFoundError, ValidationError):
            return None
        same = inspection.asset.sha256 == digest
        return inspection if same and inspection.verdict.status != "failed" else None

    def discard_if_empty(self) -> None:
        """Remove a run that recorded nothing: it is of no use and cannot be told from a crash."""
        if self.root.is_dir() and not any((self.root / "inspections").glob("*/inspection.json")):
            shutil.rmtree(self.root)
            if self._is_first and not any(self.root.parent.iterdir()):
                self.root.parent.rmdir()
