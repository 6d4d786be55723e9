"""A deferred run: wave after wave, until each row has its result or something waits.

Each inspection goes as far as its first unanswered questions; these are submitted together, and
when their answers are in, each goes on from its checkpoint. Knows no wire.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.batch.deferred.box import DeferredBox, Part
from agent.batch.deferred.chat import SHARE, DeferredChat
from agent.batch.deferred.server import ENDED, BatchServer
from agent.batch.deferred.spool import FOLDER, Noted, Spool, divided

if TYPE_CHECKING:
    from agent.batch.records import BatchRow, Order
    from agent.batch.wanted import Ended, Money, Wanted
    from agent.chat_models import LangChainChat
    from agent.run_folder import RunFolder

FIRST_PAUSE_S = 2.0
MAX_PAUSE_S = 60.0
"""Between two looks at batches that are waited for; doubles."""


@dataclass
class Waves:
    """One process of a deferred run."""

    wanted: Wanted
    orders: Sequence[Order]
    run: RunFolder
    box: DeferredBox
    server: BatchServer
    wire: LangChainChat
    """Makes bodies, and reads answers."""
    tell: Callable[[str], None]
    tell_row: Callable[[BatchRow], object]
    sleep: Callable[[float], object] = time.sleep
    stopped: str = field(default="", init=False)

    def go(self, *, wait: bool) -> Ended:
        """Do what can be done; where `wait`, until nothing is left.

        Raises:
            BatchAPIError: the server refuses a file, or cannot be reached.
        """
        for part in self.box.parts("written"):
            self.server.submit(part)
        self._collect()
        ended = self._wave()
        while wait and self.box.open_parts:
            self._wait()
            after = self._wave()
            fresh, seconds = ended.n_fresh + after.n_fresh, ended.seconds + after.seconds
            ended = after._replace(n_fresh=fresh, seconds=seconds)
        parts = self.box.open_parts
        if parts:
            n = sum(part.n for part in parts)
            waits = f"{_n(n, 'question')} wait in {_n(len(parts), 'batch', 'es')} at the server"
            ended = ended._replace(stopped=f"{waits}; the same command collects")
        elif self.stopped:
            ended = ended._replace(stopped=self.stopped)
        return ended

    def _wave(self) -> Ended:
        """Let all inspections go as far as they come, and submit what they ask."""
        with Spool(self.run.root / FOLDER) as spool:
            ended = asyncio.run(self._pass(spool))
            noted = self._affordable(spool.noted)
            parts = self._write(spool, noted)
        n_rows = ended.n_orders - len(ended.rows)
        for part in parts:
            self.server.submit(part)
        if parts:
            self.tell(
                f"wave {parts[0].wave}: {_n(len(noted), 'question')} of {_n(n_rows, 'row')} in "
                f"{_n(len(parts), 'batch', 'es')}; {len(ended.rows)} of {ended.n_orders} rows done"
            )
        return ended

    async def _pass(self, spool: Spool) -> Ended:
        from agent.answers import AnswerKeys
        from agent.batch.setting_up import run_folder, run_orders
        from agent.batch.wanted import Money

        settings = self.wanted.settings
        chat = DeferredChat(
            self.wire,
            keys=AnswerKeys(self.wire.name, place=settings.vlm_places[0][1]),
            box=self.box,
            spool=spool,
            attempts=settings.vlm_attempts,
        )
        # What was submitted is paid already: budgets are kept where waves are submitted.
        money = Money(seconds=self.wanted.money.seconds)
        wanted = replace(self.wanted, out=self.run.root, asked=chat, money=money)
        if (self.run.root / "run.json").is_file():
            self.run = run_folder(wanted)
        ended = await run_orders(wanted, self.orders, self.run, tell_row=self.tell_row)
        # Rows that were done again in this wave are not begun anew in the next.
        self.wanted = replace(self.wanted, again=frozenset())
        return ended._replace(n_asked=chat.n_consumed)

    def _write(self, spool: Spool, noted: Sequence[Noted]) -> list[Part]:
        """Write the input files, and note of each that it is to be submitted."""
        parts = []
        wave = self.box.next_wave
        for number, some in enumerate(divided(noted), 1):
            file = f"wave-{wave:04}-{number}.jsonl"
            spool.write(some, self.run.root / FOLDER / file)
            questions = [one.question for one in some]
            token = uuid.uuid4().hex
            parts.append(self.box.intend(wave=wave, file=file, token=token, questions=questions))
        return parts

    def _collect(self) -> int:
        """Take what has come; how many batches are over."""
        n_over = 0
        for part in self.box.parts("submitted"):
            standing = self.server.collect(part)
            if standing.status in ENDED:
                n_over += 1
                lost = f"; asked again: {standing.n_lost}" if standing.n_lost else ""
                self.tell(f"{part.batch}: {standing.n_done} of {part.n} answered{lost}")
        return n_over

    def _wait(self) -> None:
        """Look at batches until one is over."""
        pause_s = FIRST_PAUSE_S
        while not self._collect():
            self.sleep(pause_s)
            pause_s = min(2 * pause_s, MAX_PAUSE_S)

    def _affordable(self, noted: Sequence[Noted]) -> list[Noted]:
        """The first of them that the budgets of the run allow."""
        money, counted = self.wanted.money, self.box.counted()
        usd, dearest = self._usd(counted.tokens), self._usd(counted.dearest)
        n_tokens = counted.tokens[0] + counted.tokens[2]
        each = n_tokens / counted.n_answers if counted.n_answers else 0.0
        n_open = sum(part.n for part in self.box.open_parts)
        self.stopped = ""
        for number, one in enumerate(noted):
            n_new = n_open + number + 1
            self.stopped = _over(
                money,
                n_calls=counted.n_answers + n_new,
                usd=usd + n_new * (dearest or one.dearest_usd),
                tokens=n_tokens + n_new * each,
            )
            if self.stopped:
                return list(noted[:number])
        return list(noted)

    def _usd(self, tokens: tuple[int, int, int]) -> float:
        price = self.wire.price
        if price is None:
            return 0.0
        sent, cached, came = tokens
        return SHARE * price.cost_usd(input_tokens=sent, cached_tokens=cached, output_tokens=came)


def _over(money: Money, *, n_calls: int, usd: float, tokens: float) -> str:
    """Which limit one more question would pass, in words; empty where none."""
    if 0 < money.calls < n_calls:
        return f"the run's budget of {money.calls} calls is spent"
    if 0 < money.usd < usd:
        return f"the run's budget of {money.usd:g} US dollars allows no further question"
    if 0 < money.tokens < tokens:
        return f"the run's budget of {money.tokens} tokens allows no further question"
    return ""


def _n(n: int, what: str, plural: str = "s") -> str:
    return f"{n} {what}{'' if n == 1 else plural}"
