"""The limit doubles until the first congestion, halves at it once, and gives way to slowness."""

from __future__ import annotations

from agent.chat_models.adaptive_limit import AdaptiveLimit, LongMean


def answer(
    limit: AdaptiveLimit, n: int, *, seconds: float = 1.0, at: float, kind: str = "k"
) -> None:
    """So many answers of a full house, sent at a time and answered at once."""
    for _ in range(n):
        limit.answered(kind, seconds, sent=at, now=at, busy=limit.allowed)


def test_it_begins_with_a_quarter_of_what_is_allowed_and_grows_by_one_with_each_answer() -> None:
    limit = AdaptiveLimit(64)
    assert limit.allowed == 16

    answer(limit, 16, at=0)
    assert limit.allowed == 32
    answer(limit, 32, at=0)
    assert limit.allowed == 64
    answer(limit, 100, at=1)
    assert limit.allowed == 64


def test_of_one_call_that_is_allowed_one_stays() -> None:
    limit = AdaptiveLimit(1)
    limit.congested(sent=0, now=0)

    assert (limit.allowed, limit.lowest) == (1, 1)


def test_many_refusals_of_one_moment_halve_it_once_and_later_ones_again() -> None:
    limit = AdaptiveLimit(32)
    answer(limit, 24, at=0)

    told = [limit.congested(sent=1, now=2) for _ in range(20)]
    assert (told.count(True), limit.allowed) == (1, 16)
    assert limit.congested(sent=2, now=3)
    assert (limit.allowed, limit.n_decreases) == (8, 2)


def test_after_a_congestion_it_grows_by_one_with_each_round_of_answers() -> None:
    limit = AdaptiveLimit(32)
    limit.congested(sent=0, now=0)
    assert limit.allowed == 4

    # 1/4 + 1/4.25 + 1/4.485 + 1/4.708 = 0.92; the fifth reaches 5.
    answer(limit, 4, at=1)
    assert limit.allowed == 4
    answer(limit, 1, at=1)
    assert limit.allowed == 5


def test_it_does_not_grow_where_few_calls_come() -> None:
    limit = AdaptiveLimit(64)
    for _ in range(20):
        limit.answered("k", 1.0, sent=0, now=0, busy=3)

    assert limit.allowed == 16


def test_answers_twice_as_slow_as_ever_lower_it_by_the_gradient() -> None:
    limit = AdaptiveLimit(8)
    answer(limit, 20, at=0)
    assert limit.allowed == 8

    answer(limit, 10, seconds=2.5, at=1)
    # The long mean of 1 s has followed by 2/601 of 1.5 s each time: 1.05 s at the end, and
    # 1.5 / (2.5 / 1.026) = 0.62 at the median; 0.62 * 8 = 4.9.
    assert limit.allowed == 4


def test_answers_a_little_slower_change_nothing() -> None:
    limit = AdaptiveLimit(8)
    answer(limit, 20, at=0)
    answer(limit, 40, seconds=1.4, at=1)

    assert (limit.allowed, limit.n_decreases) == (8, 0)


def test_a_kind_that_always_takes_longer_is_no_slowness() -> None:
    limit = AdaptiveLimit(8)
    for _ in range(40):
        answer(limit, 1, seconds=0.3, at=0, kind="direct")
        answer(limit, 1, seconds=3.0, at=0, kind="look")

    assert (limit.allowed, limit.n_decreases) == (8, 0)


def test_a_slow_time_is_forgotten_once_answers_come_fast_again() -> None:
    mean = LongMean()
    for _ in range(10):
        mean.add(10.0)
    for _ in range(60):
        mean.add(1.0)

    # Twice the answers it stops to forget so fast; by the window alone it would be 8.4 s.
    assert 1.5 < mean.seconds <= 2.0
