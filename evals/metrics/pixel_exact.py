"""Exact tallies of pixel scores: in memory, or with the normal pixels on disk.

Knows nothing of which metric is computed from a tally.
"""

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from evals.metrics.pixel_input import SplitMap, split_map
from evals.metrics.pixel_order import Counts, distinct_scores, highest
from evals.metrics.pixel_tally import PixelTally

MAX_IN_MEMORY = 2**28
"""Normal pixels kept before they go to disk: 1 GB as float32, 455 maps of 768 x 768."""

AnyVector = npt.NDArray[Any]


class ExactPixels:
    """Takes maps one by one; no score is rounded.

    Memory: 4 bytes for each normal pixel up to ``max_in_memory``, and about 40 for each anomalous
    one while the tally is made (float64 maps: 8 and 56). Beyond that, sorted runs of normal pixels
    lie in a temporary folder until ``close``, which the ``with`` statement calls.
    """

    def __init__(
        self, *, max_in_memory: int = MAX_IN_MEMORY, spill_dir: Path | None = None
    ) -> None:
        """Take nothing yet.

        Args:
            max_in_memory: normal pixels kept before a sorted run of them goes to disk.
            spill_dir: where the runs go; the system's temporary folder where None.
        """
        self._capacity = max_in_memory
        self._spill_dir = spill_dir
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._runs: list[Path] = []
        self._kept: AnyVector | None = None
        self._n_kept = self._n_normal = self._n_regions = 0
        self._anomalous: list[AnyVector] = []
        self._region_of: list[npt.NDArray[np.int32]] = []
        self._areas: list[npt.NDArray[np.int64]] = []

    def __enter__(self) -> "ExactPixels":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, gt_mask: npt.ArrayLike, anomaly_map: npt.ArrayLike) -> None:
        """Take one map; arguments and errors as ``split_map``.

        Raises:
            ValueError: also where one map is float64 and another is not.
        """
        split = split_map(gt_mask, anomaly_map)
        self._keep_normal(split.normal)
        self._keep_anomalous(split)

    def tally(self, *, up_to_fpr: float = 1.0) -> PixelTally:
        """The table of what was taken so far.

        Args:
            up_to_fpr: below 1, normal pixels that cannot matter up to this FPR are not sorted,
                and the table serves AU-PRO up to this limit alone.

        Raises:
            ValueError: nothing was taken.
        """
        if self._kept is None:
            raise ValueError("needs at least one map")
        found = distinct_scores(
            np.concatenate(self._anomalous),
            np.concatenate(self._region_of),
            np.concatenate(self._areas),
        )
        counts = Counts(found.scores)
        kept = self._kept[: self._n_kept]
        if not self._runs:
            kept = highest(kept, share=up_to_fpr)
        kept.sort()
        counts.add(kept)
        for run in self._runs:
            counts.add(np.load(run, mmap_mode="r"))
        return PixelTally(
            scores=found.scores[::-1].astype(np.float64),
            n_anomalous=found.counts[::-1],
            overlap=found.overlap[::-1],
            n_above=counts.above[::-1],
            n_equal=counts.equal[::-1],
            n_normal=self._n_normal,
            n_regions=self._n_regions,
        )

    def close(self) -> None:
        """Forget everything and remove what lies on disk."""
        if self._folder is not None:
            self._folder.cleanup()
        # No subclass has another constructor, which is what mypy fears.
        self.__init__(max_in_memory=self._capacity, spill_dir=self._spill_dir)  # type: ignore[misc]

    def _keep_normal(self, normal: AnyVector) -> None:
        if self._kept is None:
            self._kept = np.empty(self._capacity, dtype=normal.dtype)
        if normal.dtype != self._kept.dtype:
            raise ValueError(
                f"maps must be of one precision, got {self._kept.dtype} and {normal.dtype}"
            )
        self._n_normal += normal.size
        while normal.size:
            fits = normal[: self._capacity - self._n_kept]
            self._kept[self._n_kept : self._n_kept + fits.size] = fits
            self._n_kept += fits.size
            normal = normal[fits.size :]
            if normal.size:
                self._spill(self._kept)

    def _keep_anomalous(self, split: SplitMap) -> None:
        self._anomalous.append(split.anomalous)
        self._region_of.append(split.region_of + np.int32(self._n_regions))
        self._areas.append(split.areas)
        self._n_regions += split.areas.size

    def _spill(self, kept: AnyVector) -> None:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="loupe-pixels-", dir=self._spill_dir)
        path = Path(self._folder.name) / f"{len(self._runs):05d}.npy"
        kept.sort()
        np.save(path, kept)
        self._runs.append(path)
        self._n_kept = 0
