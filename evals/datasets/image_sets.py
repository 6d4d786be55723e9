"""The six shared sets with image-level labels. Knows nothing of methods or metrics."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from evals.datasets.label_files import read_rows
from evals.datasets.records import DataSetError, ImageSet, Sample

Row = Mapping[str, str]


class _SetLayout(NamedTuple):
    folder: str
    defect_column: str | None
    belongs: Callable[[Row], bool]


def _any_row(row: Row) -> bool:
    return True


def _is_mono(row: Row) -> bool:
    return row["cell_type"] == "mono"


def _is_poly(row: Row) -> bool:
    return row["cell_type"] == "poly"


_LAYOUTS: dict[str, _SetLayout] = {
    "elpv_mono": _SetLayout("elpv", None, _is_mono),
    "elpv_poly": _SetLayout("elpv", None, _is_poly),
    "magnetic_tile": _SetLayout("magnetic_tile", "defect", _any_row),
    "casting": _SetLayout("casting", None, _any_row),
    "kolektorsdd": _SetLayout("kolektorsdd", None, _any_row),
    "leather": _SetLayout("leather", "defect", _any_row),
}

IMAGE_SETS: tuple[str, ...] = tuple(_LAYOUTS)
"""Names that ``load_image_set`` knows, in the order of the table."""

_LABELS = {"normal": 0, "defect": 1}
_AMBIGUOUS = "ambiguous"


def load_image_set(data_dir: Path, name: str) -> ImageSet:
    """Read a set's label file; pictures labelled ambiguous are left out.

    Args:
        data_dir: folder that holds one folder per data set.
        name: one of ``IMAGE_SETS``.

    Raises:
        DataSetError: unknown name, folder or picture absent, or an unknown label.
    """
    if name not in _LAYOUTS:
        raise DataSetError(f"unknown set {name!r}; known: {', '.join(IMAGE_SETS)}")
    layout = _LAYOUTS[name]
    folder = data_dir / layout.folder
    rows = read_rows(folder / "labels.csv", columns=("file", "label"))
    samples = tuple(
        _sample(folder, row, defect_column=layout.defect_column)
        for row in rows
        if layout.belongs(row) and row["label"] != _AMBIGUOUS
    )
    return ImageSet(name=name, samples=samples)


def _sample(folder: Path, row: Row, *, defect_column: str | None) -> Sample:
    path = folder / row["file"]
    if row["label"] not in _LABELS:
        raise DataSetError(f"{folder / 'labels.csv'}: unknown label {row['label']!r} of {path}")
    if not path.is_file():
        raise DataSetError(f"{path} is listed in labels.csv but absent")
    gt_label = _LABELS[row["label"]]
    defect = row[defect_column] if gt_label == 1 and defect_column is not None else None
    return Sample(path=path, gt_label=gt_label, defect=defect)
