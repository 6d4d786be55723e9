"""A row of a batch that fails is a record that says so. Knows no graph and no other row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.disc import disc_error
from agent.failures import crashed_inspection, failed_inspection
from agent.keeping import keep_failure
from tools.errors import LoupeError, StoreGone

if TYPE_CHECKING:
    from pathlib import Path

    from agent.orders import InspectRow, Labels
    from agent.run_folder import RunFolder
    from agent.settings import Settings
    from graphs.records import Inspection


async def row_or_failure(
    inspect: InspectRow,
    settings: Settings,
    run: RunFolder,
    path: Path,
    product: str | None,
    labels: Labels | None,
) -> Inspection:
    """Inspect a row; where that fails, the record of it.

    Args:
        inspect: does it.
        settings: of the run.
        run: keeps the record of a crash.
        path: of the file.
        product: of the row.
        labels: of the row.

    Raises:
        DiscError: where it is the disc that fails, and not the row.
        StoreGone: where the server with what is known does not answer any more.
    """
    try:
        return await inspect(path, product, labels)
    # The one boundary of a batch row: one part's crash must not stop the others, and it is
    # recorded as failed, never as a decision.
    except Exception as error:  # noqa: BLE001
        return _failed_row(error, path, settings, product=product, run=run)


def _failed_row(
    error: Exception, path: Path, settings: Settings, *, product: str | None, run: RunFolder
) -> Inspection:
    """The record of a row that cannot be inspected, or at which Loupe broke down.

    Args:
        error: why.
        path: of the file.
        settings: of the run.
        product: as it was given.
        run: where the record of a breakdown goes, with type and traceback.

    Raises:
        DiscError, StoreGone: see `row_or_failure`.
    """
    if isinstance(error, StoreGone):
        raise error
    told = disc_error(error, run.root)
    if told is not None:
        raise told from error
    name = run.name_of(path)
    if isinstance(error, LoupeError):
        return failed_inspection(path, settings, reason=str(error), product=product, name=name)
    failed = crashed_inspection(path, settings, error, product=product, name=name)
    keep_failure(failed, run=run)
    return failed
