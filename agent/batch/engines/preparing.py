"""What a run of several workers needs before they start. Knows no cluster."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.batch.engines.worker import Job, machine
from agent.batch.records import Order
from agent.console import print_note
from agent.versions import versions
from tools.errors import LoupeError, SettingsError

if TYPE_CHECKING:
    from agent.batch.wanted import Wanted
    from agent.run_folder import RunFolder
    from knowledge.served import Served
    from knowledge.snapshot import Snapshot

SNAPSHOTS = "knowledge"
"""Folder of a run."""
FIELD = "engines"
"""Of `run.json`: with what the run was made since when, oldest first."""


def prepare(
    wanted: Wanted,
    undone: Sequence[Order],
    run: RunFolder,
    *,
    n_workers: int,
    anew: frozenset[str],
    keeper: Any,
) -> Job:
    """Learn the products that are named, begin the run, and take a snapshot of what is known.

    Args:
        wanted: by a person.
        undone: orders without a row.
        run: its folder.
        n_workers: that will inspect.
        anew: files whose records are not taken.
        keeper: of the run's purse; None where nothing is limited.

    Raises:
        SettingsError: where workers cannot do what is wanted.
        KnowledgeError: where the home cannot be used, or another process owns it, or the server
            that is to hold what it knows cannot be reached.
    """
    from knowledge.served import publish
    from knowledge.snapshot import take_snapshot

    if wanted.settings.keep_cases == "all":
        raise SettingsError(
            "setting keep_cases is 'all', and what several workers know is a copy that is only "
            "read; set it to reviewed or none, or leave --engine and --workers out"
        )
    home = wanted.settings.home.resolve()
    whole = replace(wanted, settings=wanted.settings.model_copy(update={"home": home}))
    _begin(whole, undone, run)
    snapshot = take_snapshot(home, run.root / SNAPSHOTS)
    served = publish(snapshot, wanted.engine.chroma) if wanted.engine.chroma else None
    _note(run, snapshot, engine=wanted.engine.name, n_workers=n_workers, served=served)
    return Job(
        wanted=whole,
        run=run.root.resolve(),
        begun=run.begun(),
        snapshot=snapshot._replace(folder=snapshot.folder.resolve()),
        served=served,
        cwd=Path.cwd(),
        machine=machine(),
        n_workers=n_workers,
        anew=anew,
        keeper=keeper,
        versions=versions(),
    )


def _begin(wanted: Wanted, undone: Sequence[Order], run: RunFolder) -> None:
    """Write `run.json`, and learn once what each worker would learn for itself."""
    from agent.batch.setting_up import asked_of
    from agent.beginning import begin
    from agent.workshop import Workshop

    # A mind is not asked while products are learned, and one in this process is large.
    settings = wanted.settings.model_copy(update={"model": None})
    with Workshop(settings) as workshop:
        for name in sorted({one.product for one in undone if one.product is not None}):
            # Its rows say why it cannot be.
            with suppress(LoupeError):
                workshop.models.model(name)
        known = {one.name for one in workshop.store.products()}
        product = wanted.product if wanted.product in known else None
        asked = asked_of(wanted)
        begin(workshop.store, run, wanted.settings, product=product, asked=asked, tell=print_note)


def _note(
    run: RunFolder, snapshot: Snapshot, *, engine: str, n_workers: int, served: Served | None
) -> None:
    document = run.read_run()
    entry: dict[str, Any] = {
        "since": datetime.now(UTC).isoformat(),
        "engine": engine,
        "workers": n_workers,
        "snapshot": snapshot.digest,
        "served": served._asdict() if served else None,
    }
    run.write_run({**document, FIELD: [*document.get(FIELD, []), entry]})
