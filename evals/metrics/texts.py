"""Overlap of words between an answer and a reference text. Knows nothing of who wrote them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_WORD = re.compile(r"[a-z0-9]+")


class RougeL(NamedTuple):
    """ROUGE-L of one answer."""

    precision: float
    recall: float
    f1: float


def rouge_l(reference: str, answer: str) -> float:
    """F1 of the longest common subsequence of words (Lin, 2004).

    Words are runs of a-z and 0-9 after lower-casing, without stemming, and precision and recall
    weigh alike: the definition of Google's ``rouge_score``. 0 where a text has no word.
    """
    return rouge_l_parts(reference, answer).f1


def rouge_l_parts(reference: str, answer: str) -> RougeL:
    """As ``rouge_l``, with precision (of the answer's words) and recall (of the reference's)."""
    wanted, said = words_of(reference), words_of(answer)
    if not wanted or not said:
        return RougeL(0.0, 0.0, 0.0)
    shared = _longest_common(wanted, said)
    return RougeL(shared / len(said), shared / len(wanted), 2 * shared / (len(said) + len(wanted)))


def words_of(text: str) -> list[str]:
    """Lower-cased runs of letters a-z and digits."""
    return _WORD.findall(text.lower())


def _longest_common(wanted: Sequence[str], said: Sequence[str]) -> int:
    """Length of the longest common subsequence, row by row of the usual table."""
    number = {word: index for index, word in enumerate(dict.fromkeys([*wanted, *said]))}
    columns = np.array([number[word] for word in said])
    row = np.zeros(len(said) + 1, dtype=np.int64)
    for word in wanted:
        longer = np.where(columns == number[word], row[:-1] + 1, row[1:])
        row[1:] = np.maximum.accumulate(longer)
    return int(row[-1])
