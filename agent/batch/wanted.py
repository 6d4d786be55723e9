"""A batch as a person asks for it, and how it ended. Knows no store and no model."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agent.batch.engines.contract import EngineChoice
from agent.batch.manifest import chosen, conditions, orders_of
from agent.batch.records import BatchRow, Order
from agent.run_folder import RunFolder
from agent.settings import Settings

if TYPE_CHECKING:
    from agent.chat_models.paced_chat import CallCounts
    from graphs.minds.chat import ChatPort


class Money(NamedTuple):
    """What the run may spend; 0 is no limit."""

    usd: float = 0.0
    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A batch as a person asks for it."""

    named: tuple[str, ...]
    settings: Settings
    out: Path | None = None
    data: Path | None = None
    """The folder of all data sets."""
    product: str | None = None
    where: tuple[str, ...] = ()
    sample: int | None = None
    limit: int | None = None
    again: frozenset[str] = frozenset()
    dry_run: int | None = None
    money: Money = field(default_factory=Money)
    keep_answers: bool = True
    csv: Path | None = None
    junit: Path | None = None
    as_json: bool = False
    engine: EngineChoice = field(default_factory=EngineChoice)
    asked: ChatPort | None = None
    """Who is asked in place of the server that the settings name."""

    def orders(self) -> list[Order]:
        """What is to be inspected.

        Raises:
            SettingsError, AssetError: see `orders_of` and `chosen`.
        """
        return chosen(
            orders_of(self.named, product=self.product, data=self.data),
            where=conditions(self.where),
            sample=self.sample,
            limit=self.limit,
            seed=self.settings.seed,
        )


class Ended(NamedTuple):
    """How a process of a run ended."""

    run: RunFolder
    rows: list[BatchRow]
    """In the order of the orders, earlier ones counted."""
    n_orders: int
    n_fresh: int
    """Rows of this process."""
    seconds: float
    stopped: str
    """Why orders were left undone."""
    n_kept_answers: int
    """Of the model: taken from earlier runs."""
    n_asked: int
    calls: CallCounts | None = None
    """Of this process; None for a mind without a server."""
