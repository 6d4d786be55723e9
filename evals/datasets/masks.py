"""Ground truths in files, read when asked for. Knows nothing of labels or data sets."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evals.datasets.records import DataSetError
from tools.arrays import BoolMask

_TURNING_ORIENTATIONS = (5, 6, 7, 8)
_ORIENTATION_TAG = 0x0112


@dataclass(frozen=True, kw_only=True)
class MaskFiles:
    """Pictures whose bright pixels are anomalous, joined where there are several."""

    paths: tuple[Path, ...]
    above: int = 0
    """A pixel is anomalous where its grey value is larger. Lossy masks need about 127."""

    def load(self) -> BoolMask:
        """(H, W), true where any of the files is bright."""
        masks = [_load_grey(path) > self.above for path in self.paths]
        if len({mask.shape for mask in masks}) != 1:
            shapes = ", ".join(str(mask.shape) for mask in masks)
            raise DataSetError(f"{self.paths[0].parent}: masks of one picture differ: {shapes}")
        return np.asarray(np.logical_or.reduce(masks), dtype=np.bool_)


@dataclass(frozen=True, kw_only=True)
class FirstMask:
    """A mask that lies at the first of several places that exists."""

    candidates: tuple[Path, ...]

    def load(self) -> BoolMask:
        """(H, W), true where the file is bright."""
        for path in self.candidates:
            if path.is_file():
                return MaskFiles(paths=(path,)).load()
        places = ", ".join(str(path) for path in self.candidates)
        raise DataSetError(f"looked for a mask at {places}; none exists")


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """Anomalous stretches of a time series or a video."""

    spans: tuple[tuple[int, int], ...]
    """Rows or frames from 0, the end exclusive."""
    length: int
    """Rows or frames in all."""

    def load(self) -> BoolMask:
        """(length,), true within a span."""
        mask = np.zeros(self.length, dtype=np.bool_)
        for start, end in self.spans:
            mask[start:end] = True
        return mask


def spans_of(flags: Iterable[bool]) -> tuple[tuple[int, int], ...]:
    """Runs of true values as (start, end), the end exclusive."""
    edges = np.flatnonzero(np.diff([0, *(int(flag) for flag in flags), 0]))
    return tuple((int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True))


def empty_mask(path: Path) -> BoolMask:
    """All False in a picture's upright size; only the picture's head is read."""
    from PIL import Image

    with Image.open(path) as picture:
        width, height = picture.size
        if picture.getexif().get(_ORIENTATION_TAG) in _TURNING_ORIENTATIONS:
            width, height = height, width
    return np.zeros((height, width), dtype=np.bool_)


def _load_grey(path: Path) -> npt.NDArray[np.int64]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            deep = picture.mode.startswith("I") or picture.mode == "F"
            grey = picture if deep else picture.convert("L")
            return np.asarray(grey).astype(np.int64)
    except (OSError, UnidentifiedImageError) as error:
        raise DataSetError(f"{path}: a mask that cannot be read ({error})") from error
