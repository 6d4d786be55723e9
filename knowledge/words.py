"""Texts to comparable words: lower case, stems, and a few synonyms. Knows no ranking."""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from typing import Any

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)?")
_POSSESSIVE = re.compile(r"['\u2019]s\b")

_STOP_WORDS_TEXT = """
    a about above after again all also an and any are as at be been before below between both but
    by can could did do does doing down during each for from further had has have having here how
    how i if in into is it its itself may me might more most must my no nor not of off on once
    only or other our out over own per same shall she he should so some such than that the their
    them then there these they this those through to too under until up very was we were what when
    where which while who whom why will with would you your"""
STOP_WORDS = frozenset(_STOP_WORDS_TEXT.split())

SYNONYMS: tuple[tuple[str, ...], ...] = (
    ("scratch", "scrape", "score", "gouge", "scuff", "abrasion"),
    ("crack", "fracture", "fissure", "split", "break", "broken"),
    ("missing", "absent", "lacking", "lost", "omitted"),
    ("additional", "extra", "surplus", "superfluous", "spurious"),
    ("hole", "pinhole", "pore", "porosity", "void", "blowhole", "cavity"),
    ("stain", "contamination", "discolouration", "discoloration", "smear", "dirt", "spot", "patch"),
    ("bridge", "short", "shorted"),
    ("chip", "chipped", "chipping", "spall"),
    ("deform", "bent", "bend", "warp", "dent", "distorted"),
    ("residue", "remnant", "splash", "spatter", "spill"),
    ("shift", "misaligned", "misplaced", "displaced", "offset", "crooked"),
    ("burr", "flash", "fin"),
    ("fix", "remedy", "repair", "rework", "remediation", "correct"),
    ("cause", "reason", "origin", "root"),
)
"""Words that inspectors use for one another; each group counts as one word."""

_STEMMERS = threading.local()


def words(text: str) -> list[str]:
    """The text's words in order: stop words left out, stemmed, synonyms made one."""
    found = _WORD.findall(_POSSESSIVE.sub("", text.casefold()))
    return [_one_word(word) for word in found if word not in STOP_WORDS]


@lru_cache(maxsize=65536)
def _one_word(word: str) -> str:
    stemmed = stem(word)
    return _groups().get(stemmed, stemmed)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The English Snowball stem of a lower-case word."""
    return str(_stemmer().stemWord(word))


def _stemmer() -> Any:
    import snowballstemmer

    # A stemmer keeps state while it works, so each thread has its own.
    if not hasattr(_STEMMERS, "english"):
        _STEMMERS.english = snowballstemmer.stemmer("english")
    return _STEMMERS.english


@lru_cache(maxsize=1)
def _groups() -> dict[str, str]:
    return {stem(word): f"={stem(group[0])}" for group in SYNONYMS for word in group}
