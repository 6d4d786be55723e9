from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tools.micro_batch import MicroBatcher


class Doubler:
    """Doubles numbers, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def __call__(self, items: list[int]) -> list[int]:
        self.batches.append(list(items))
        return [2 * item for item in items]


def test_one_call_is_answered_alone() -> None:
    doubler = Doubler()

    assert MicroBatcher(doubler, max_items=4, max_wait_s=0).call(3) == 6
    assert doubler.batches == [[3]]


def test_a_batch_is_computed_as_soon_as_it_is_full() -> None:
    doubler = Doubler()
    batcher = MicroBatcher(doubler, max_items=4, max_wait_s=60)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(batcher.call, range(4)))

    assert results == [0, 2, 4, 6]
    assert [sorted(batch) for batch in doubler.batches] == [[0, 1, 2, 3]]


def test_no_batch_is_larger_than_it_may_be_and_nothing_is_lost() -> None:
    doubler = Doubler()
    batcher = MicroBatcher(doubler, max_items=3, max_wait_s=0.02)

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(batcher.call, range(100)))

    assert results == [2 * item for item in range(100)]
    assert sorted(item for batch in doubler.batches for item in batch) == list(range(100))
    assert max(len(batch) for batch in doubler.batches) <= 3


def test_the_next_batch_gathers_while_one_is_computed() -> None:
    started, may_end = threading.Event(), threading.Event()
    batches: list[list[int]] = []

    def slow(items: list[int]) -> list[int]:
        batches.append(list(items))
        started.set()
        may_end.wait(120)
        return items

    batcher = MicroBatcher(slow, max_items=8, max_wait_s=0)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batcher.call, 0)
        started.wait(120)
        later = [pool.submit(batcher.call, item) for item in (1, 2, 3)]
        while len(batcher.waiting()) < len(later):
            time.sleep(0.001)
        may_end.set()
        assert first.result(120) == 0
        assert [future.result(120) for future in later] == [1, 2, 3]

    assert [sorted(batch) for batch in batches] == [[0], [1, 2, 3]]


def test_what_goes_wrong_reaches_everyone_in_the_batch_and_the_next_one_works() -> None:
    def refuse(items: list[int]) -> list[int]:
        if 1 in items:
            raise ValueError("no ones")
        return items

    batcher = MicroBatcher(refuse, max_items=2, max_wait_s=60)
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(batcher.call, item) for item in (0, 1)]
        for future in futures:
            with pytest.raises(ValueError, match="no ones"):
                future.result(120)
        futures = [pool.submit(batcher.call, item) for item in (2, 3)]
        assert [future.result(120) for future in futures] == [2, 3]


def test_too_few_results_are_an_error_and_nobody_waits_forever() -> None:
    def lose_one(items: list[int]) -> list[int]:
        return items[1:]

    batcher = MicroBatcher(lose_one, max_items=1, max_wait_s=0)

    with pytest.raises(ValueError, match="shorter"):
        batcher.call(1)


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="max_items must be at least 1"):
        MicroBatcher(Doubler(), max_items=0, max_wait_s=0)


def test_several_items_of_one_caller_fill_batches_in_their_order() -> None:
    doubler = Doubler()
    batcher = MicroBatcher(doubler, max_items=3, max_wait_s=0)

    assert batcher.call_all(range(7)) == [0, 2, 4, 6, 8, 10, 12]
    assert batcher.call_all([]) == []
    assert doubler.batches == [[0, 1, 2], [3, 4, 5], [6]]


def test_items_of_one_caller_join_the_batch_of_another() -> None:
    doubler = Doubler()
    batcher = MicroBatcher(doubler, max_items=4, max_wait_s=60)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(batcher.call_all, [0, 1])
        while len(batcher.waiting()) < 2:
            time.sleep(0.001)
        assert batcher.call_all([2, 3]) == [4, 6]
        assert first.result(120) == [0, 2]

    assert doubler.batches == [[0, 1, 2, 3]]


def test_nobody_waits_for_a_batch_whose_leader_failed_at_an_earlier_one() -> None:
    def refuse(items: list[int]) -> list[int]:
        raise ValueError("nothing")

    batcher = MicroBatcher(refuse, max_items=2, max_wait_s=0)

    with pytest.raises(ValueError, match="nothing"):
        batcher.call_all([1, 2, 3])
    assert batcher.waiting() == []
