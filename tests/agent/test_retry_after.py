"""A server's word on when to come again is believed up to an hour, whatever a clock says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.retry_after import LONGEST_S, retry_after_s

NOON_S = 1445428800.0
"""Of 21 October 2015, UTC, since 1970."""


def at(now: float, said: str) -> float | None:
    return retry_after_s(said, now=lambda: now)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        ("-1", 0.0),
        ("86400", LONGEST_S),
        ("", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("1e999", None),
    ],
)
def test_seconds_are_read_where_they_have_sense(said: str, seconds: float | None) -> None:
    assert at(NOON_S, said) == seconds


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Wed, 21 Oct 2015 12:00:07 GMT", 7.0),
        ("Wed, 21 Oct 2015 14:00:07 +0200", 7.0),
        ("Wed, 21 Oct 2015 12:00:07 -0000", 7.0),
        ("Wed, 21 Oct 2015 11:59:00 GMT", 0.0),
        ("Wed, 32 Oct 2015 12:00:07 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 +1400", 0.0),
    ],
)
def test_a_date_is_so_many_seconds_from_now(said: str, seconds: float | None) -> None:
    assert at(NOON_S, said) == seconds


@pytest.mark.parametrize("years", [-1, 10, 100])
def test_a_clock_that_jumps_by_years_makes_nobody_wait_longer_than_an_hour(years: int) -> None:
    waits = at(NOON_S - years * 365 * 86400.0, "Wed, 21 Oct 2015 12:00:07 GMT")

    assert waits == (LONGEST_S if years > 0 else 0.0)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.floats(0, 4e9))
def test_whatever_is_said_nobody_waits_for_ever(said: str, now: float) -> None:
    waits = at(now, said)

    assert waits is None or 0 <= waits <= LONGEST_S
