from __future__ import annotations

import gc
import weakref

import pytest

from agent.settled import EVERY, YOUNG, settled


class Knot:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_loaded_before_is_left_out_until_the_end() -> None:
    old = weakref.ref(Knot())
    with settled():
        gc.collect()
        assert old() is not None
    gc.collect()

    assert old() is None


def test_what_comes_later_is_still_collected() -> None:
    with settled():
        new = weakref.ref(Knot())
        gc.collect()
        assert new() is None


def test_of_many_one_after_the_other_none_leaves_for_ever_what_only_the_collector_frees() -> None:
    left = []
    for _ in range(3 * EVERY):
        with settled():
            left.append(weakref.ref(Knot()))

    assert sum(one() is not None for one in left) < EVERY


def test_it_collects_less_often_within_and_as_before_afterwards() -> None:
    before = gc.get_threshold()
    with settled():
        assert gc.get_threshold() == (YOUNG, *before[1:])
    assert gc.get_threshold() == before


def test_of_several_that_overlap_the_last_one_ends_it() -> None:
    before = gc.get_threshold()
    first, second = settled(), settled()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert (gc.get_freeze_count() > 0, gc.get_threshold()[0]) == (True, YOUNG)
    second.__exit__(None, None, None)

    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, before)


def test_an_error_ends_it_too() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="broken"), settled():
        raise ValueError("broken")

    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, before)
