"""What a guard tells. Knows no data set and no way of finding anything."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "leak",
    "near leak",
    "shared by sets",
    "near, between sets",
    "duplicate",
    "near duplicate",
    "labels disagree",
    "reference is tested",
    "own reference",
    "mask of another size",
    "mask without an anomaly",
    "unreadable",
    "known",
]

MEANINGS: dict[Kind, str] = {
    "leak": "one file, byte for byte, in training and in test of a set",
    "near leak": "pictures that look alike in training and in test of a set",
    "shared by sets": "one file, byte for byte, in several sets: train on one, test on none other",
    "near, between sets": "pictures that look alike in several sets",
    "duplicate": "one file several times in a set: it counts several times",
    "near duplicate": "pictures that look alike within a set or a split: not independent",
    "labels disagree": "one file with two labels",
    "reference is tested": "a reference of a sample is itself a test sample",
    "own reference": "a sample is compared with itself",
    "mask of another size": "a mask does not have its picture's size: pixel metrics refuse it",
    "mask without an anomaly": "an anomalous sample whose mask marks nothing",
    "unreadable": "a file that cannot be read",
    "known": "a flaw of the labels or files that is known in public",
}
"""In the order of the report."""


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One finding. Nothing is changed because of it."""

    kind: Kind
    samples: tuple[str, ...]
    """Each as ``set:id``."""
    detail: str = ""
    source: str = ""
    """Where it is known from, of a flaw that is known in public."""
