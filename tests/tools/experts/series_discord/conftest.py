"""Series for the expert's tests, made in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.assets.series.columns import NamedUnit
from tools.assets.series.series import Series
from tools.assets.series.stamps import NS_PER_S, Stamps, row_stamps
from tools.assets.series.table import SeriesTable
from tools.records import Asset

MakeSeries = Callable[..., Series]


@pytest.fixture
def make_series() -> MakeSeries:
    """A series of channels a, b, ... of (n_samples, n_channels) or (n_samples,) values."""

    def make(
        values: NDArray[np.float64],
        *,
        start_s: int | None = None,
        step_s: int = 300,
        names: Sequence[str] = "abcdefgh",
    ) -> Series:
        values_nc = values[:, None] if values.ndim == 1 else values
        n_samples, n_channels = values_nc.shape
        stamps = row_stamps(n_samples)
        if start_s is not None:
            times = (start_s + step_s * np.arange(n_samples, dtype=np.int64)) * NS_PER_S
            stamps = Stamps(kind="date", values=times)
        table = SeriesTable(
            channels=tuple(NamedUnit(names[i], "") for i in range(n_channels)),
            values_cn=np.ascontiguousarray(values_nc.T, dtype=np.float64),
            stamps=stamps,
            notes=(),
        )
        size = [n_samples, n_channels]
        return Series(Asset(path="x", sha256="0" * 64, modality="time_series", size=size), table)

    return make
