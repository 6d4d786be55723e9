"""Ground truths whose length stands in another file: points, rows and frames. Read when asked for.

Knows nothing of labels or data sets.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from evals.datasets.masks import Intervals
from evals.datasets.records import DataSetError
from tools.arrays import BoolMask

_PCD_HEAD_LINES = 20


@dataclass(frozen=True, kw_only=True)
class PointLabels:
    """A text file of x, y, z and label, one point a line."""

    path: Path
    delimiter: str | None = None
    """Between the columns; blanks where None."""

    def load(self) -> BoolMask:
        """(N,), true where the label is not zero."""
        try:
            rows = np.loadtxt(self.path, delimiter=self.delimiter, ndmin=2)
        except (OSError, ValueError) as error:
            raise DataSetError(f"{self.path}: point labels cannot be read ({error})") from error
        if rows.shape[1] != 4:
            raise DataSetError(
                f"{self.path}: looked for x, y, z and label; found {rows.shape[1]} columns"
            )
        return np.asarray(rows[:, 3] != 0, dtype=np.bool_)


@dataclass(frozen=True, kw_only=True)
class NormalCloud:
    """No point is anomalous; how many there are stands in the head of the pcd file."""

    path: Path

    def load(self) -> BoolMask:
        """(N,), all False."""
        with self.path.open("rb") as stream:
            head = [stream.readline() for _ in range(_PCD_HEAD_LINES)]
        counts = [line.split()[1] for line in head if line.startswith(b"POINTS ")]
        if len(counts) != 1:
            raise DataSetError(f"{self.path}: looked for a pcd head with a line POINTS")
        return np.zeros(int(counts[0]), dtype=np.bool_)


@dataclass(frozen=True, kw_only=True)
class RowSpans:
    """Anomalous rows of a text file of values, counted when read."""

    path: Path
    spans: tuple[tuple[int, int], ...]
    """From 0, the end exclusive."""

    def load(self) -> BoolMask:
        """(T,), where T is the number of values separated by blanks or ends of lines."""
        length = len(self.path.read_text(encoding="utf-8").split())
        return Intervals(spans=self.spans, length=length).load()


@dataclass(frozen=True, kw_only=True)
class FlagColumn:
    """A column of a series' own file that is not zero where the row is anomalous."""

    path: Path
    column: str
    delimiter: str = ";"

    def load(self) -> BoolMask:
        """(T,), one entry a row; all False where the file lacks the column."""
        rows = list(_rows(self.path, self.delimiter))
        return np.array([float(row.get(self.column) or 0) != 0 for row in rows], dtype=np.bool_)


@dataclass(frozen=True, kw_only=True)
class TimeWindows:
    """Anomalous windows by time stamp, both ends included."""

    path: Path
    windows: tuple[tuple[str, str], ...]
    """ISO dates with a blank or T, as in the file's column ``timestamp``."""

    def load(self) -> BoolMask:
        """(T,), one entry a row."""
        times = np.array(
            [datetime.fromisoformat(row["timestamp"]) for row in _rows(self.path, ",")],
            dtype="datetime64[us]",
        )
        mask = np.zeros(times.size, dtype=np.bool_)
        for start, end in self.windows:
            first, last = (np.datetime64(datetime.fromisoformat(t), "us") for t in (start, end))
            mask |= (times >= first) & (times <= last)
        return mask


@dataclass(frozen=True, kw_only=True)
class FrameSpans:
    """Anomalous frames of a video file; its length is counted when read."""

    path: Path
    spans: tuple[tuple[int, int], ...]
    """From 0, the end exclusive."""

    def load(self) -> BoolMask:
        """(F,), one entry a frame.

        Raises:
            DataSetError: PyAV is absent, or the file is no video.
        """
        try:
            import av
        except ImportError as error:
            raise DataSetError(
                f"{self.path}: counting frames needs PyAV; install the extra [video]"
            ) from error
        try:
            with av.open(str(self.path)) as container:
                stream = container.streams.video[0]
                length = stream.frames or sum(1 for _ in container.decode(stream))
        except (OSError, IndexError) as error:
            raise DataSetError(f"{self.path}: no video can be read ({error})") from error
        return Intervals(spans=self.spans, length=length).load()


def _rows(path: Path, delimiter: str) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        yield from csv.DictReader(stream, delimiter=delimiter)
