"""Tells how a watch stands, tells its sinks, and lets a signal end it. Knows no store."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, TypeAlias

from agent.batch.records import BatchRow
from agent.batch.setting_up import count
from agent.console import print_note
from agent.standing import Teller, telling
from agent.watching.changes import TICK_S
from agent.watching.sinks.courier import FAREWELL_S, Courier
from agent.watching.standing import WatchStanding

if TYPE_CHECKING:
    from agent.watching.running import Watch

TellRow: TypeAlias = Callable[[BatchRow], object]
STOPS = (signal.SIGINT, signal.SIGTERM)


async def tell_all(
    one: Watch, standing: WatchStanding, couriers: Sequence[Courier], tell_row: TellRow
) -> str:
    """Tell of rows as they come; gives why it ended."""
    counted: Counter[str] = Counter()
    delivering = [asyncio.create_task(courier.deliver()) for courier in couriers]
    with telling() as teller, _signals(one) as ended:
        ticking = asyncio.create_task(_tick(one, standing, teller))
        try:
            async with aclosing(one.rows()) as rows:
                async for row in rows:
                    count(row, standing, counted)
                    tell_row(row)
                    for courier in couriers:
                        courier.wake()
        finally:
            ticking.cancel()
            await _farewell(couriers, delivering)
    return ended[0] if ended else f"nothing came for {one.until_idle_s:g} s"


async def _tick(one: Watch, standing: WatchStanding, teller: Teller) -> None:
    """Tell how it stands, whenever that has changed."""
    last = None
    while True:
        standing.under_way = one.n_under_way
        standing.waiting, standing.settling = len(one.waiting), len(one.settling)
        now = (standing.done, standing.under_way, standing.waiting, standing.settling)
        if now != last:
            teller(standing)
        last = now
        await asyncio.sleep(TICK_S)


async def _farewell(couriers: Sequence[Courier], delivering: Sequence[asyncio.Task[None]]) -> None:
    """Give sinks a moment for what is left, and say what is not told."""
    for courier in couriers:
        courier.end()
    if delivering:
        _, late = await asyncio.wait(delivering, timeout=FAREWELL_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*delivering, return_exceptions=True)
    for courier in couriers:
        await courier.sink.close()
        if courier.waiting:
            print_note(
                f"sink {courier.sink.name}: {courier.waiting} rows wait to be told; "
                "the same command tells them"
            )


@contextmanager
def _signals(one: Watch) -> Iterator[list[str]]:
    """The first signal lets what is under way end, a second one does not; names it."""
    loop, task, caught = asyncio.get_running_loop(), asyncio.current_task(), list[str]()

    def stop(number: signal.Signals) -> None:
        if caught and task is not None:
            task.cancel()
            return
        caught.append(f"{number.name} came")
        print_note(
            f"{number.name}: {one.n_under_way} under way are finished; once more gives them up"
        )
        one.stop.set()

    for number in STOPS:
        loop.add_signal_handler(number, stop, number)
    try:
        yield caught
    finally:
        for number in STOPS:
            loop.remove_signal_handler(number)
