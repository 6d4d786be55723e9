from __future__ import annotations

import asyncio
import sys

import pytest

from agent.loops import run_on_loop


async def the_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_it_is_the_fast_loop_where_there_is_one_and_closed_in_the_end() -> None:
    loop = run_on_loop(the_loop())

    assert type(loop).__module__ == "uvloop"
    assert loop.is_closed()


def test_it_is_the_own_loop_of_python_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)

    assert isinstance(run_on_loop(the_loop()), asyncio.SelectorEventLoop)


def test_what_goes_wrong_is_raised() -> None:
    async def fail() -> None:
        raise ValueError("told")

    with pytest.raises(ValueError, match="told"):
        run_on_loop(fail())
