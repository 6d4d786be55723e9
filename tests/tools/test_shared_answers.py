from __future__ import annotations

import threading

import numpy as np
import pytest

from tools.shared_answers import SharedAnswers, digest_of_pictures


def shared(*, max_kept: int = 9, max_bytes: int = 9) -> SharedAnswers[str]:
    """Answers of as many bytes as they have letters."""
    return SharedAnswers(max_kept=max_kept, max_bytes=max_bytes, size_of=len)


def test_an_answer_is_computed_once_for_all_who_ask_at_a_time() -> None:
    answers, started, go_on = shared(), threading.Event(), threading.Event()
    n_computed, heard = 0, []

    def compute() -> str:
        nonlocal n_computed
        n_computed += 1
        started.set()
        go_on.wait()
        return "a"

    def ask() -> None:
        heard.append(answers.get(b"k", compute))

    first = threading.Thread(target=ask)
    first.start()
    started.wait()
    second = threading.Thread(target=ask)
    second.start()
    go_on.set()
    first.join()
    second.join()
    ask()

    assert (n_computed, heard) == (1, ["a", "a", "a"])


@pytest.mark.parametrize(
    ("bounds", "left"),
    [({"max_kept": 2}, [b"1", b"3"]), ({"max_bytes": 3}, [b"3"]), ({"max_bytes": 1}, [])],
)
def test_the_least_recently_used_leave_first(bounds: dict[str, int], left: list[bytes]) -> None:
    answers = shared(**bounds)
    for key in (b"1", b"2", b"1", b"3"):
        answers.get(key, lambda: "xx")

    def is_kept(key: bytes) -> bool:
        return answers.get(key, lambda: "new") == "xx"

    # Those that must be there are asked first: asking for others makes them leave.
    assert [key for key in left if is_kept(key)] == left
    assert not any(is_kept(key) for key in {b"1", b"2", b"3"} - set(left))


def test_what_is_raised_is_not_kept() -> None:
    answers = shared()

    def fail() -> str:
        raise ValueError("not now")

    with pytest.raises(ValueError, match="not now"):
        answers.get(b"k", fail)
    assert answers.get(b"k", lambda: "later") == "later"


def test_a_digest_tells_shapes_orders_and_parameters_apart() -> None:
    first = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    flat = first.reshape(1, 4, 3)

    digests = [
        digest_of_pictures(first, flat),
        digest_of_pictures(flat, first),
        digest_of_pictures(first, flat, parameters=1),
        digest_of_pictures(first, first),
    ]
    assert len(set(digests)) == 4
    assert digest_of_pictures(first[:, ::-1]) == digest_of_pictures(first[:, ::-1].copy())
