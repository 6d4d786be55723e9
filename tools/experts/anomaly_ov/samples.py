"""Pictures with labels, from a manifest. Knows no model."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tools.errors import LoupeError

COLUMNS = ("path", "label", "dataset")
LABELS = {"normal": False, "anomalous": True}


class LabelledPicture(NamedTuple):
    """One line of a manifest."""

    path: Path
    anomalous: bool
    dataset: str
    """Which is held out, or trained on, as a whole."""


class Parted(NamedTuple):
    """Pictures to train on, and those of data sets that training must not see."""

    trained: list[LabelledPicture]
    held_out: list[LabelledPicture]


def read_manifest(file: Path) -> list[LabelledPicture]:
    """Read a CSV file with the columns path, label (normal or anomalous) and dataset.

    Args:
        file: paths in it are relative to its folder.

    Raises:
        LoupeError: where it is missing or a line cannot be; one line with the place.
    """
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LoupeError(f"the manifest {file} cannot be read: {error}") from error
    if not rows or not set(COLUMNS) <= rows[0].keys():
        raise LoupeError(f"the manifest {file} must have lines with {', '.join(COLUMNS)}")
    return [_sample(row, file, number) for number, row in enumerate(rows, start=2)]


def _sample(row: dict[str, str], file: Path, number: int) -> LabelledPicture:
    if row["label"] not in LABELS:
        raise LoupeError(
            f"{file} line {number}: label must be {' or '.join(LABELS)}, got {row['label']!r}"
        )
    path = file.parent / row["path"]
    if not path.is_file():
        raise LoupeError(f"{file} line {number}: there is no picture {path}")
    return LabelledPicture(path, LABELS[row["label"]], row["dataset"])


def part(samples: Sequence[LabelledPicture], *, held_out: Sequence[str]) -> Parted:
    """Hold data sets out.

    Args:
        samples: of all data sets.
        held_out: names of those that training must not see.

    Raises:
        LoupeError: where a name is none, or what is left does not show both labels.
    """
    known = {sample.dataset for sample in samples}
    unknown = sorted(set(held_out) - known)
    if unknown:
        raise LoupeError(f"no data set {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    parted = Parted(
        [sample for sample in samples if sample.dataset not in held_out],
        [sample for sample in samples if sample.dataset in held_out],
    )
    if {sample.anomalous for sample in parted.trained} != {True, False}:
        raise LoupeError("training needs normal and anomalous pictures; hold fewer data sets out")
    return parted
