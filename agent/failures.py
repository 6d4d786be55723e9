"""The record of a part that was not decided: no decision, and why. Knows no graph."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.run_folder import asset_id
from graphs.records import Inspection, Recall, Usage, Verdict
from tools.assets.opening import modality_of
from tools.assets.several import SUFFIX, read_parts
from tools.errors import AssetError
from tools.records import Asset

if TYPE_CHECKING:
    from agent.settings import Settings

UNREAD = "0" * 64
"""Stands for the digest of a file that could not be read."""


def digest_of(path: Path) -> str:
    """The sha256 of a file's bytes, and of its parts' where it names some.

    `UNREAD` where it cannot be read.
    """
    if path.name.lower().endswith(SUFFIX):
        return _digest_of_parts(path)
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return UNREAD


def _digest_of_parts(path: Path) -> str:
    try:
        parts = read_parts(path)
    except AssetError:
        return UNREAD
    told = " ".join(f"{name}={digest_of(part)}" for name, part in parts.items())
    return hashlib.sha256(told.encode()).hexdigest()


def failed_inspection(
    path: Path,
    settings: Settings,
    *,
    reason: str,
    product: str | None,
    name: str = "",
    details: Sequence[str] = (),
) -> Inspection:
    """The record of a part that was not decided.

    Args:
        path: of the file.
        settings: of the run.
        reason: one line for a person.
        product: as it was given.
        name: of the asset in its run; that of its path where empty.
        details: more about the failure, such as a traceback.
    """
    return Inspection(
        id=name or asset_id(path),
        asset=Asset(path=str(path), sha256=digest_of(path), modality=modality_of(path), size=[]),
        product=product,
        recall=Recall(product=product, given=product is not None),
        mind="embedded",
        strategy=settings.strategy,
        views=[],
        verdict=Verdict(decision=None, reason=reason, status="failed"),
        evidence=[],
        rounds=[],
        usage=Usage(),
        trace=[],
        degraded=[reason, *details],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def crashed_inspection(
    path: Path, settings: Settings, error: Exception, *, product: str | None, name: str = ""
) -> Inspection:
    """The record of a part at which Loupe broke down, with type and traceback."""
    return failed_inspection(
        path,
        settings,
        reason=f"{type(error).__name__}: {error}",
        product=product,
        name=name,
        details=["".join(traceback.format_exception(error))],
    )
