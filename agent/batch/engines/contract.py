"""What a batch asks of whoever does its orders. Knows no inspection and no cluster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from agent.batch.records import BatchRow, Order
from tools.errors import SettingsError

if TYPE_CHECKING:
    from agent.answers import KeptChat

LOCAL = "local"
RAY = "ray"

DoOrder: TypeAlias = Callable[[Order], Awaitable[BatchRow]]
"""Inspects; the row is on a disc when it comes. BudgetSpent where the run has no money left,
Unanswered where the model answers later."""


class EngineChoice(NamedTuple):
    """Which engine a person wants."""

    name: str = LOCAL
    address: str = ""
    """Of a Ray cluster; empty: Ray is started on this machine, for this run."""
    workers: int = 0
    """Processes that inspect. 0: this one alone, or as many as the cluster has processors."""
    worker_gpus: float = 0.0
    """Share of a GPU for each of them."""
    chroma: str = ""
    """Server that they read what is known from; empty: each copies it."""

    @property
    def is_staffed(self) -> bool:
        """Whether others inspect than this process."""
        return self.name == RAY or self.workers > 1

    def check(self) -> None:
        """See that the choice can be.

        Raises:
            SettingsError: where it cannot.
            KnowledgeError: where the server's address is none.
        """
        if self.name not in (LOCAL, RAY):
            raise SettingsError(f"--engine must be {LOCAL} or {RAY}, got {self.name!r}")
        given = {"--address": self.address, "--worker-gpus": self.worker_gpus}
        unused = [name for name, value in given.items() if value]
        if self.name == LOCAL and unused:
            raise SettingsError(f"{unused[0]} is of --engine {RAY}; add it, or leave this out")
        if self.chroma:
            if not self.is_staffed:
                raise SettingsError(
                    "--chroma is of several workers; add --workers 2 or --engine ray, or leave it"
                    " out"
                )
            from knowledge.served import address_of

            address_of(self.chroma)


class Engine(Protocol):
    """Does orders, so many at once."""

    @property
    def at_once(self) -> int:
        """Inspections in flight."""
        ...

    @property
    def chat(self) -> KeptChat | None:
        """The model that this process asks; None where others do, or where there is none."""
        ...

    @property
    def n_asked(self) -> int:
        """Answers that the model gave to this process of the run."""
        ...

    @property
    def n_kept(self) -> int:
        """Answers that were there from before."""
        ...

    def doing(self) -> AbstractAsyncContextManager[DoOrder]:
        """Does orders for as long as it is open. Afterwards all rows are in the run's log."""
        ...

    def row(self, task: str) -> BatchRow:
        """The row of an order that this engine has done."""
        ...
