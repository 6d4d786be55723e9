"""UCR, NAB and SKAB as series with a training part, labels and events. Knows no method."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.datasets import DataSetError, load_data_set
from evals.datasets.records import Sample
from tools.arrays import Int64Array
from tools.assets.series import open_series
from tools.assets.series.runs import runs_of
from tools.assets.series.series import Series

SETS = ("ucr", "nab", "skab")
NAB_PROBATION = 0.15
"""Share of a NAB series that its protocol gives for learning (Lavin and Ahmad 2015)."""
SKAB_TRAINING_ROWS = 400
"""Of each SKAB series, as its published notebooks train."""
DAY_S = 86_400.0
TRAINING = {
    "ucr": "the training part that a file's name tells",
    "nab": "the first 15 % (NAB's probationary part)",
    "skab": "the first 400 rows of each series",
}


@dataclass(frozen=True, kw_only=True)
class LabelledSeries:
    """One series, parted for training and test."""

    set_name: str
    name: str
    whole: Series
    train_end: int
    """Rows before it, in the order of time, are for training; the others are tested."""
    is_anomalous: NDArray[np.bool_]
    """(n_samples,) of the whole."""

    @property
    def train(self) -> Series:
        """The training part."""
        return part_of(self.whole, 0, self.train_end)

    @property
    def test(self) -> Series:
        """The tested part."""
        return part_of(self.whole, self.train_end, len(self.is_anomalous))

    @property
    def test_labels(self) -> NDArray[np.bool_]:
        """(n_tested,)."""
        return self.is_anomalous[self.train_end :]

    @property
    def events(self) -> Int64Array:
        """(E, 2) rows [first, last) of the tested part."""
        return runs_of(self.test_labels)

    def days(self, *, train: bool) -> float | None:
        """How long the training or the tested part lasts; None where no clock tells."""
        clock = (self.train if train else self.test).stamps.clock_s()
        return None if clock is None else float(clock[-1] - clock[0]) / DAY_S


def load_labelled(data_dir: Path, names: tuple[str, ...] = SETS) -> Iterator[LabelledSeries]:
    """The series of the sets that have a training part.

    Of SKAB, files without anomalies have no test and are left out.

    Raises:
        DataSetError: a set is absent.
        AssetError: a series cannot be read.
    """
    for name in names:
        for sample in load_data_set(data_dir, name).samples:
            if name != "skab" or sample.gt_label:
                yield _labelled(name, sample)


def part_of(series: Series, first: int, last: int) -> Series:
    """Rows [first, last) as a series of its own."""
    table = series.table
    cut = replace(
        table,
        values_cn=np.ascontiguousarray(table.values_cn[:, first:last]),
        stamps=table.stamps.taken(slice(first, last)),
        file_rows=None,
    )
    size = [last - first, len(table.channels)]
    return Series(series.asset.model_copy(update={"size": size}), cut)


def _labelled(set_name: str, sample: Sample) -> LabelledSeries:
    series = open_series(sample.path)
    labels: NDArray[Any] | None = sample.load_gt_mask()
    if labels is None:
        raise DataSetError(f"{sample.path}: has no labels of its rows")
    n_samples = series.asset.size[0]
    if len(labels) != n_samples:
        raise DataSetError(f"{sample.path}: has {n_samples} samples and {len(labels)} labels")
    ends = {
        "ucr": int(sample.metadata.get("train_end", 0)),
        "nab": int(NAB_PROBATION * n_samples),
        "skab": SKAB_TRAINING_ROWS,
    }
    return LabelledSeries(
        set_name=set_name,
        name=sample.path.stem,
        whole=series,
        train_end=ends[set_name],
        is_anomalous=series.in_time(np.asarray(labels, dtype=np.bool_)),
    )
