"""Orders from labelled data sets, which other packages offer by name. Knows none of them.

What the set says of an asset becomes labels of its row: they stand in the results, conditions can
choose by them, and no model is shown them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeAlias

from tools.errors import SettingsError

PREFIX = "dataset:"
GROUP = "loupe.datasets"
DATA_VARIABLE = "LOUPE_SHARED_DATA"

ReadSet: TypeAlias = Callable[[str, Path], Iterable[Mapping[str, str]]]
"""Takes NAME or NAME/PRODUCT and the folder of all sets; one mapping for each asset, with its file
under `asset`, its class under `product`, and whatever else is known by its own names."""


def is_data_set(named: str) -> bool:
    """Whether a data set is named, and no file."""
    return named.startswith(PREFIX)


def data_set_rows(
    named: str, data: Path | None, *, product: str | None = None
) -> list[dict[str, str]]:
    """The rows of a data set.

    Args:
        named: `dataset:NAME` or `dataset:NAME/PRODUCT`.
        data: the folder of all data sets.
        product: that the home knows the assets as; the set's own class where None.

    Raises:
        SettingsError: where no folder is given, no name follows, or nobody offers data sets.
        LoupeError: the reader's, where it knows no such set or does not find its files.
    """
    wanted = named.removeprefix(PREFIX)
    if not wanted:
        raise SettingsError(f"{named!r} names no data set; say {PREFIX}NAME or NAME/PRODUCT")
    if data is None:
        raise SettingsError(
            f"{named!r} needs the folder of the data sets; give --data or {DATA_VARIABLE}"
        )
    rows = [dict(row) for row in _reader()(wanted, data)]
    return [{**row, **({"product": product} if product else {})} for row in rows]


def _reader() -> ReadSet:
    for entry in entry_points(group=GROUP):
        read: ReadSet = entry.load()
        return read
    raise SettingsError(f"no package offers data sets in the group {GROUP}; reinstall Loupe whole")
