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
UNBEGUN = re.compile(
    r"\.lock|deferred|deferred\.lock|results\.jsonl|\..*\.partial"
    r"|(answers|checkpoints|deferred)\.sqlite.*"
)
"""Names of what a batch makes before it writes `run.json`."""


def write_atomically(path: Path, data: bytes, *, lasting: bool = False) -> None:
    """Write a file whole or not at all; its folder is made where it is missing.

    Args:
        path: of the file.
        data: all of it.
        lasting: whether a loss of power may not take it; costs a wait for the disc.
    """
    handle, partial = _partial_beside(path)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            if lasting:
                stream.flush()
                os.fsync(stream.fileno())
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def _partial_beside(path: Path) -> tuple[int, str]:
    try:
        return tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")


def asset_id(path: Path) -> str:
    """A name for an asset in a run: the file's stem and a digest of its whole path."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip(".-")[:48] or "asset"
    return f"{stem}-{hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:8]}"


class RunFolder:
    """One run on disk; nothing is made before the first write."""

    def __init__(self, root: Path, *, resumed: bool = False) -> None:
        """Keep to a folder, `<home>/runs/<run-id>` by custom.

        Args:
            root: the folder.
            resumed: a run that goes on, whose records and checkpoints are taken as answers.
        """
        self.root = root
        self.resumed = resumed
        self.names: dict[Path, str] = {}
        """Of assets whose path alone does not tell them from others, by path."""
        self._is_first = not root.parent.exists()
        self._was_there = root.exists()
        self._begun = ""

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
    def given(cls, root: Path, *, unbegun: bool = False) -> RunFolder:
        """A folder that a person named for a new run.

        Args:
            root: the folder.
            unbegun: whether it may hold what a batch leaves that was killed before it began. Who
                allows that holds the folder's lock before anything is written or removed.

        Raises:
            SettingsError: where it is a file, or holds something already.
        """
        if root.is_file() or (root.is_dir() and not _is_free(root, unbegun=unbegun)):
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
                return cls(root, resumed=True)
        known = sorted(p.parent.name for p in runs.glob("*/run.json"))
        names = ", ".join(known) if known else "none"
        raise SettingsError(f"no run {name!r} to resume in {runs}; there are: {names}")

    def name_of(self, path: Path) -> str:
        """The name of an asset in this run."""
        return self.names.get(path) or asset_id(path)

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

    def question_path(self, asset: str) -> Path:
        """Where the digest of what was asked about an asset lies."""
        return self.inspection_path(asset).with_name("question.sha256")

    def overlay_path(self, asset: str) -> Path:
        """Where the picture with the regions drawn lies."""
        return self.root / "inspections" / asset / "overlay.png"

    def trace_path(self, asset: str) -> Path:
        """Where the lines lie that tell what happened, in the order of happening."""
        return self.root / "inspections" / asset / "trace.jsonl"

    def report_path(self, asset: str | None = None) -> Path:
        """Where the page for people lies: of one asset, or of the run where None."""
        folder = self.root if asset is None else self.root / "inspections" / asset
        return folder / "report.html"

    def product_path(self, name: str) -> Path:
        """Where a product lies as it was known when the run inspected with it."""
        return self.root / "products" / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"

    def write_run(self, record: Mapping[str, Any]) -> None:
        """Write `run.json`: settings without secrets, versions, command, seed.

        Raises:
            SettingsError: where the folder cannot be written.
        """
        document = {"format": RUN_FORMAT, **record}
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        try:
            write_atomically(self.root / "run.json", text.encode(), lasting=True)
        except OSError as error:
            reason = error.strerror or str(error)
            raise SettingsError(
                f"the run folder {str(self.root)!r} cannot be written ({reason}); "
                "name another with --out or --home"
            ) from error

    def read_run(self) -> dict[str, Any]:
        """What `run.json` says.

        Raises:
            SettingsError: where it cannot be read or lacks what a run needs to go on.
        """
        path = self.root / "run.json"
        try:
            document = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"{str(path)!r} cannot be read ({error}); start a new run without --resume"
            ) from error
        forms = {"settings": dict, "paths": list, "product": str | None}
        if isinstance(document, dict) and all(
            name in document and isinstance(document[name], form) for name, form in forms.items()
        ):
            return document
        raise SettingsError(
            f"{str(path)!r} must hold {', '.join(forms)}; start a new run without --resume"
        )

    def begun(self) -> str:
        """When the run began, ISO 8601; empty where `run.json` does not say."""
        self._begun = self._begun or str(self.read_run().get("created", ""))
        return self._begun

    def write_inspection(self, asset: str, inspection: Inspection, *, question: str = "") -> None:
        """Write the record of an asset.

        Args:
            asset: its name in this run.
            inspection: the record.
            question: digest of what was asked; a record without one never counts as finished.
        """
        # In this order no record is ever beside the digest of another question.
        self.question_path(asset).unlink(missing_ok=True)
        text = inspection.model_dump_json(indent=2) + "\n"
        write_atomically(self.inspection_path(asset), text.encode(), lasting=True)
        if question:
            # One that is torn is the digest of no question, so the part is inspected again.
            self.question_path(asset).write_bytes(f"{question}\n".encode())

    def finished(self, asset: str, path: Path, *, question: str) -> Inspection | None:
        """The record of an asset that needs no more work.

        Args:
            asset: its name in this run.
            path: the file as it is now; another content than the recorded one is inspected anew.
            question: digest of what is asked; a record that answers another one does not count.

        Returns:
            None where there is no record, where it failed or answers another question, or where
            the file has changed.
        """
        try:
            if self.question_path(asset).read_text("utf-8").strip() != question:
                return None
            inspection = Inspection.model_validate_json(self.inspection_path(asset).read_bytes())
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except (FileNotFoundError, ValidationError):
            return None
        same = inspection.asset.sha256 == digest
        return inspection if same and inspection.verdict.status != "failed" else None

    def discard_if_empty(self) -> None:
        """Remove a new run that recorded nothing: it cannot be told from a crash.

        A folder that was there before stays, without what the run wrote into it.
        """
        if self.resumed or not self.root.is_dir():
            return
        if any((self.root / "inspections").glob("*/inspection.json")):
            return
        if self._was_there:
            for path in self.root.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            return
        shutil.rmtree(self.root)
        if self._is_first and not any(self.root.parent.iterdir()):
            self.root.parent.rmdir()


def _is_free(root: Path, *, unbegun: bool) -> bool:
    """Whether a folder is empty, or holds nothing but what was made before any row."""
    names = [path.name for path in root.iterdir()]
    if not (names and unbegun):
        return not names
    log = root / "results.jsonl"
    has_rows = log.exists() and log.stat().st_size > 0
    return not has_rows and all(UNBEGUN.fullmatch(name) for name in names)
