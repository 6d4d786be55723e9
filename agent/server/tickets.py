"""What is known of an inspection besides its record: whose it is, how far it is, what it waits for.

A ticket lies beside the record, so that it is found again after a restart. Knows no graph.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, JsonValue, ValidationError

from agent.loopback.refusals import Refused
from agent.pursuit import Waiting
from agent.run_folder import RunFolder, write_atomically
from agent.server.uploads import Uploads
from graphs.records import Decision, Inspection
from tools.records import Record

State = Literal["queued", "running", "waiting", "done", "failed"]
FILE = "ticket.json"


class Ticket(Record):
    """One inspection as it is listed."""

    id: str
    """`<run>/<asset>`, for good."""
    owner: str = ""
    """Empty: of this machine, and shown to everybody."""
    name: str
    """Of the file, as its sender calls it."""
    path: str
    state: State
    product: str | None = None
    given_product: str | None = None
    """As it was asked for; None where it was to be recognised."""
    created: str
    """ISO 8601, UTC."""
    decision: Decision | None = None
    score: float | None = None
    reason: str = ""
    """Of the verdict; of the failure where it failed."""
    thread: str = ""
    """Of the checkpoints of what waits."""
    question: dict[str, JsonValue] = Field(default_factory=dict)
    """What a person is asked, where it waits."""
    decided_by: str = ""
    """The person who answered."""
    answer: Decision | None = None
    """Of that person, until it has had its effect."""
    stops: int = 0
    """Processes that died while they inspected it."""

    @property
    def run(self) -> str:
        return self.id.partition("/")[0]

    @property
    def asset(self) -> str:
        return self.id.partition("/")[2]

    @property
    def waiting(self) -> Waiting:
        """What it waits for, as an Inspector takes it."""
        return Waiting(self.thread, dict(self.question))

    def public(self) -> dict[str, JsonValue]:
        """As a caller sees it: without paths of this machine."""
        hidden = {"path", "thread", "owner", "given_product", "answer", "stops"}
        shown = self.model_dump(mode="json", exclude=hidden)
        question = {k: one for k, one in self.question.items() if k != "path"}
        return {**shown, "question": question}

    def says(self, words: str) -> bool:
        """Whether every word stands in what is told of it."""
        told = f"{self.name} {self.product or ''} {self.reason} {self.decision} {self.id}".lower()
        return all(word in told for word in words.lower().split())

    def decided(self, inspection: Inspection) -> Ticket:
        """The ticket of an inspection that has its record."""
        verdict = inspection.verdict
        return self.model_copy(
            update={
                "state": "failed" if verdict.status == "failed" else "done",
                "product": inspection.product,
                "decision": verdict.decision,
                "score": verdict.score,
                "reason": verdict.reason,
                "thread": "",
                "question": {},
                "answer": None,
            }
        )


class Tickets:
    """All tickets of a home's runs; those of records that nobody served are made from them."""

    def __init__(self, runs: Path, uploads: Uploads) -> None:
        """Take the folder of all runs, and whose files they may be of."""
        self._runs = runs
        self._uploads = uploads
        self._read: dict[Path, tuple[int, Ticket]] = {}

    def write(self, ticket: Ticket) -> None:
        """Keep a ticket over the former one of the same inspection."""
        path = self.folder(ticket) / FILE
        write_atomically(path, ticket.model_dump_json(indent=2).encode())

    def run(self, ticket: Ticket) -> RunFolder:
        """The run that an inspection belongs to."""
        return RunFolder(self._runs / ticket.run)

    def folder(self, ticket: Ticket) -> Path:
        """Where record, report and overlay lie."""
        return self._runs / ticket.run / "inspections" / ticket.asset

    def find(self, ticket_id: str, owner: str) -> Ticket:
        """The ticket of an inspection that a person may see.

        Raises:
            Refused: with 404.
        """
        run, _, asset = ticket_id.partition("/")
        folder = self._runs / run / "inspections" / asset
        named = all(part and part not in (".", "..") for part in (run, asset))
        plain = named and not any(one in f"{run}{asset}" for one in "/\\\0")
        ticket = self._of(folder) if plain else None
        if ticket is None or ticket.owner not in ("", owner):
            raise Refused(
                f"There is no inspection {ticket_id[:120]!r} of yours.",
                status=404,
                code="inspection_not_found",
            )
        return ticket

    def may_see(self, ticket_id: str, owner: str) -> bool:
        """Whether there is such an inspection that a person may see."""
        try:
            self.find(ticket_id, owner)
        except Refused:
            return False
        return True

    def all(self, owner: str | None) -> list[Ticket]:
        """Those that a person may see, the newest first; of everybody where None."""
        found = [one for one in self._each() if owner is None or one.owner in ("", owner)]
        return sorted(found, key=lambda one: one.created, reverse=True)

    def _each(self) -> Iterator[Ticket]:
        for folder in self._runs.glob("*/inspections/*"):
            ticket = self._of(folder)
            if ticket is not None:
                yield ticket

    def _of(self, folder: Path) -> Ticket | None:
        for name in (FILE, "inspection.json"):
            path = folder / name
            try:
                changed = os.stat(path).st_mtime_ns
                known = self._read.get(path)
                if known is None or known[0] != changed:
                    known = self._read[path] = (changed, self._read_file(path))
            except (OSError, ValidationError):
                continue
            return known[1]
        return None

    def _read_file(self, path: Path) -> Ticket:
        if path.name == FILE:
            return Ticket.model_validate_json(path.read_bytes())
        inspection = Inspection.model_validate_json(path.read_bytes())
        upload = self._uploads.of_path(inspection.asset.path)
        ticket = Ticket(
            id=f"{path.parent.parent.parent.name}/{path.parent.name}",
            owner=upload.owner if upload else "",
            name=upload.name if upload else Path(inspection.asset.path).name,
            path=inspection.asset.path,
            state="done",
            created=inspection.created,
        )
        return ticket.decided(inspection)
