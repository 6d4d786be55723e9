"""Adapters made of loaders: of one layout, or of several of which the one that is there is read.

Knows nothing of what the layouts hold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from evals.datasets.layout import layout_error
from evals.datasets.records import DataSet, DataSetCard


class Layout(NamedTuple):
    """One way in which the set's files lie."""

    name: str
    marker: str  # a file or folder that only this layout has
    load: Callable[[Path], DataSet]


@dataclass(frozen=True, kw_only=True)
class SeveralLayouts:
    """An adapter that tries layouts in order."""

    card: DataSetCard
    layouts: tuple[Layout, ...]

    def load(self, root: Path) -> DataSet:
        """Read the first layout whose marker exists."""
        for layout in self.layouts:
            if (root / layout.marker).exists():
                return layout.load(root)
        ways = " or ".join(f"{layout.marker} ({layout.name})" for layout in self.layouts)
        raise layout_error(root, ways)


@dataclass(frozen=True, kw_only=True)
class OneLayout:
    """An adapter whose set has one layout."""

    card: DataSetCard
    read: Callable[[Path], DataSet]

    def load(self, root: Path) -> DataSet:
        """As the loader says."""
        return self.read(root)
