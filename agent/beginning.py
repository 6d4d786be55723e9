"""What a run notes when it begins or goes on: settings, versions, knowledge, paths, question."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.versions import versions

if TYPE_CHECKING:
    from agent.run_folder import RunFolder
    from agent.settings import Settings
    from knowledge.store import KnowledgeStore

FIELD = "knowledge"
"""Of `run.json`: a list of what was known since when, oldest first."""


class Known(NamedTuple):
    """The products of a home at one time."""

    digests: dict[str, str]
    """By product."""
    product: str | None
    """The one that is inspected; None where any may be recalled."""

    @property
    def digest(self) -> str:
        """Of what the inspections rest on."""
        return hashlib.sha256(
            json.dumps(self.of(self.digests), sort_keys=True).encode()
        ).hexdigest()

    def of(self, digests: Mapping[str, str]) -> dict[str, str]:
        """Those of the products that the inspections may rest on."""
        return {name: one for name, one in digests.items() if self.product in (None, name)}

    def as_entry(self) -> dict[str, Any]:
        """As `run.json` notes it."""
        return {"since": datetime.now(UTC).isoformat(), "products": self.digests}


def known_now(store: KnowledgeStore, product: str | None) -> Known:
    """What the home knows now.

    Args:
        store: of the home.
        product: name or alias of the one that is inspected; any may be recalled where None.

    Raises:
        KnowledgeError: where there is no such product.
    """
    name = None if product is None else store.product(product).name
    return Known({one.name: one.digest for one in store.products()}, name)


def begin(
    store: KnowledgeStore,
    run: RunFolder,
    settings: Settings,
    *,
    product: str | None,
    asked: Mapping[str, Any],
    tell: Callable[[str], None],
) -> str:
    """Begin a run, or go on with it; the digest of what is known of a product.

    Args:
        store: of the home.
        run: that begins, or goes on.
        settings: of a run that begins.
        product: see `known_now`.
        asked: see `begin_run`.
        tell: is told in a line where a run goes on with other knowledge than it began with.

    Raises:
        KnowledgeError: where the product is unknown.
    """
    known = known_now(store, product)
    changes = begin_run(run, settings, known=known, asked=asked)
    if changes and run.resumed:
        tell(
            f"since this run began {changes}: what is finished stays, the rest is inspected "
            "with what is known now"
        )
    return known.digest


def begin_run(run: RunFolder, settings: Settings, *, known: Known, asked: Mapping[str, Any]) -> str:
    """Write `run.json`; where it is there, add what is known now if it says otherwise.

    Args:
        run: that begins, or goes on.
        settings: of a run that begins.
        known: now.
        asked: what a run that begins needs to go on later: paths, product.

    Returns:
        Where a run goes on: what changed of the products that its inspections may rest on, in
        words. Empty where nothing did, or where an older `run.json` does not tell.

    Raises:
        SettingsError: where `run.json` cannot be read or written.
    """
    if (run.root / "run.json").is_file():
        return _note_knowledge(run, known)
    run.write_run(
        {
            "id": run.root.name,
            "created": datetime.now(UTC).isoformat(timespec="microseconds"),
            "command": sys.argv,
            "seed": settings.seed,
            "settings": settings.public(),
            "versions": versions(),
            "paths": [],
            "product": None,
            FIELD: [known.as_entry()],
            **asked,
        }
    )
    return ""


def _note_knowledge(run: RunFolder, known: Known) -> str:
    document = run.read_run()
    history = document.get(FIELD, [])
    if history and history[-1]["products"] == known.digests:
        return ""
    run.write_run({**document, FIELD: [*history, known.as_entry()]})
    return _changes(known.of(history[-1]["products"]), known.of(known.digests)) if history else ""


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    told = [
        *(f"{name} is new" for name in sorted(now.keys() - before.keys())),
        *(f"{name} was removed" for name in sorted(before.keys() - now.keys())),
        *(f"{n} changed" for n in sorted(now.keys() & before.keys()) if now[n] != before[n]),
    ]
    return ", ".join(told)


class Questions:
    """What is asked of every part of a run: the product, and the settings that change answers."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings, which stay as they are."""
        self._settings = settings
        self._digests: dict[str | None, str] = {}

    def digest(self, product: str | None) -> str:
        """Of the question; made once for a product, since a large batch asks it for every part."""
        if product not in self._digests:
            asked = {"product": product, "settings": self._settings.deciding()}
            text = json.dumps(asked, sort_keys=True)
            self._digests[product] = hashlib.sha256(text.encode()).hexdigest()
        return self._digests[product]


def each_once(paths: Iterable[str | Path]) -> Iterator[Path]:
    """Paths as they come, without those of a file that was named before in another way."""
    seen: set[Path] = set()
    for path in map(Path, paths):
        if path.resolve() not in seen:
            seen.add(path.resolve())
            yield path
