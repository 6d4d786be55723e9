"""How a watch stands, in a line. Knows no terminal."""

from __future__ import annotations

from dataclasses import dataclass

from agent.standing import Standing


@dataclass
class WatchStanding(Standing):
    """What there is to tell of a folder whose end nobody knows."""

    under_way: int = 0
    waiting: int = 0
    """Landed and not begun."""
    settling: int = 0
    """Still being written, or parts are missing."""

    def line(self) -> str:
        """All of it in one line."""
        counts = (
            (self.under_way, "under way"),
            (self.waiting, "waiting"),
            (self.settling, "still being written"),
            (self.failed, "failed"),
            (self.degraded, "degraded"),
        )
        told = "".join(f", {n} {word}" for n, word in counts if n)
        money = f", {self.spent_usd:.4f} US dollars" if self.spent_usd else ""
        doing = f" ({self.doing})" if self.doing else ""
        return f"{self.done} {self.unit}, {self.rate:.2f}/s{told}{money}{doing}"
