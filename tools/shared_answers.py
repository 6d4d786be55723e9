"""Answers kept by what they were computed from, and computed once for all who ask at a time.

Knows nothing of what is computed.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from tools.arrays import UInt8Image

Answer = TypeVar("Answer")


class _Kept(NamedTuple, Generic[Answer]):
    answer: Answer
    n_bytes: int


class SharedAnswers(Generic[Answer]):
    """A bounded memory of answers; the least recently used leave first. Safe among threads."""

    def __init__(self, *, max_kept: int, max_bytes: int, size_of: Callable[[Answer], int]) -> None:
        """Take the bounds; keeps nothing yet.

        Args:
            max_kept: answers.
            max_bytes: of all answers together; one that is larger is not kept.
            size_of: bytes of an answer.
        """
        self._max_kept = max_kept
        self._max_bytes = max_bytes
        self._size_of = size_of
        self._kept: OrderedDict[bytes, _Kept[Answer]] = OrderedDict()
        self._running: dict[bytes, Future[Answer]] = {}
        self._lock = threading.Lock()

    def get(self, key: bytes, compute: Callable[[], Answer]) -> Answer:
        """The answer of a key, computed where it is neither kept nor on its way.

        Args:
            key: digest of everything that the answer depends on.
            compute: must give the same answer for the same key; what it raises reaches all who
                wait, and nothing is kept.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key].answer
            coming = self._running.get(key)
            mine: Future[Answer] = Future()
            if coming is None:
                self._running[key] = mine
        if coming is not None:
            return coming.result()
        try:
            answer = compute()
        except BaseException as error:
            mine.set_exception(error)
            with self._lock:
                del self._running[key]
            raise
        self._keep(key, answer)
        mine.set_result(answer)
        return answer

    def _keep(self, key: bytes, answer: Answer) -> None:
        with self._lock:
            del self._running[key]
            self._kept[key] = _Kept(answer, self._size_of(answer))
            total = sum(one.n_bytes for one in self._kept.values())
            while len(self._kept) > self._max_kept or total > self._max_bytes:
                total -= self._kept.popitem(last=False)[1].n_bytes


def digest_of_pictures(*images_hwc: UInt8Image, parameters: object = ()) -> bytes:
    """A key of pictures and of what else an answer depends on.

    Args:
        images_hwc: each (H, W, 3) uint8.
        parameters: anything whose `repr` tells it apart.
    """
    # SHA-256 takes 0.9 ms for 768 x 768 px, half of what BLAKE2 takes where the processor helps.
    digest = hashlib.sha256(repr(parameters).encode())
    for image_hwc in images_hwc:
        digest.update(repr((image_hwc.shape, str(image_hwc.dtype))).encode())
        digest.update(np.ascontiguousarray(image_hwc).data)
    return digest.digest()
