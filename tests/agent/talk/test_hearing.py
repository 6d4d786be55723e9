from __future__ import annotations

import asyncio
from time import monotonic

from agent.talk.hearing import Hearing


async def test_nobody_is_answered_before_all_who_came_together_were_heard() -> None:
    hearing, order = Hearing(quiet_s=0.2, most_s=60.0), list[str]()

    async def speak(after_s: float) -> None:
        await asyncio.sleep(after_s)
        hearing.note()
        order.append("heard")
        await hearing.wait()
        order.append("answered")

    await asyncio.gather(*(speak(0.01 * n) for n in range(5)))

    assert order == ["heard"] * 5 + ["answered"] * 5


async def test_nobody_waits_for_ever_while_others_keep_coming() -> None:
    hearing = Hearing(quiet_s=60.0, most_s=0.05)
    began_s = monotonic()
    hearing.note()
    await hearing.wait()

    assert 0.05 <= monotonic() - began_s < 60.0
