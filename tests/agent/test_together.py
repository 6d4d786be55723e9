"""What many hand in is written by few, and each knows when its own is safe."""

from __future__ import annotations

import asyncio
import threading

import pytest

from agent.together import Together


class SlowDisc:
    """Takes its first things when it is told to, and refuses what it is told to refuse."""

    def __init__(self, *, refused: str = "") -> None:
        self.written: list[list[str]] = []
        self.is_busy = threading.Event()
        self.is_free = threading.Event()
        self._refused = refused

    def write(self, things: list[str]) -> None:
        self.is_busy.set()
        self.is_free.wait(60)
        if self._refused in things:
            raise OSError("no space")
        self.written.append(things)


async def _put_three(together: Together[str], disc: SlowDisc) -> list[BaseException | None]:
    first = asyncio.create_task(together.put("a"))
    await asyncio.to_thread(disc.is_busy.wait, 60)
    others = [asyncio.create_task(together.put(one)) for one in ("b", "c")]
    await asyncio.sleep(0)
    disc.is_free.set()
    return await asyncio.gather(first, *others, return_exceptions=True)


def test_what_comes_while_the_disc_is_busy_is_written_at_once_in_its_order() -> None:
    disc = SlowDisc()
    together = Together(disc.write)

    assert asyncio.run(_put_three(together, disc)) == [None, None, None]
    together.close()

    assert disc.written == [["a"], ["b", "c"]]


def test_who_wrote_with_what_could_not_be_written_is_told_and_nobody_else() -> None:
    disc = SlowDisc(refused="c")
    together = Together(disc.write)

    came = asyncio.run(_put_three(together, disc))
    together.close()

    assert [type(one) for one in came] == [type(None), OSError, OSError]
    assert disc.written == [["a"]]


def test_who_is_given_up_does_not_take_the_others_with_it() -> None:
    disc = SlowDisc()
    together = Together(disc.write)

    async def run() -> None:
        one = asyncio.create_task(together.put("a"))
        other = asyncio.create_task(together.put("b"))
        await asyncio.to_thread(disc.is_busy.wait, 60)
        one.cancel()
        with pytest.raises(asyncio.CancelledError):
            await one
        disc.is_free.set()
        await other

    asyncio.run(run())
    together.close()

    assert sorted(thing for things in disc.written for thing in things) == ["a", "b"]
