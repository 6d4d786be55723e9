"""Data of one's own: a folder of folders, or a table. Opens no picture.

Knows nothing of methods or metrics.
"""

from collections.abc import Mapping
from pathlib import Path

from evals.datasets.label_files import read_rows
from evals.datasets.layout import IMAGE_SUFFIXES, files_of, folders_of, layout_error, require_file
from evals.datasets.masks import MaskFiles
from evals.datasets.records import DataSet, DataSetCard, DataSetError, Sample, SplitName
from evals.datasets.several_layouts import OneLayout
from tools.records import Modality

NORMAL_NAMES = ("normal", "good", "ok", "no_defect", "0")
"""Folder names and labels that mean normal, in any case."""
ANOMALOUS_NAMES = ("anomalous", "anomaly", "defect", "defective", "bad", "ng", "ko", "1")
"""Labels that mean anomalous, in any case; a folder's name may be any other."""
SUFFIXES: dict[str, Modality] = {
    **dict.fromkeys(IMAGE_SUFFIXES, "image"),
    **dict.fromkeys((".ply", ".pcd", ".xyz", ".stl", ".obj"), "point_cloud"),
    **dict.fromkeys((".csv", ".parquet"), "time_series"),
    **dict.fromkeys((".mp4", ".avi", ".mov", ".gif", ".mkv"), "video"),
}
CSV_COLUMNS = ("path", "label")
_SPLITS: dict[str, SplitName | None] = {
    "": None,
    "train": "train",
    "val": "validation",
    "validation": "validation",
    "test": "test",
}


FOLDER_CARD = DataSetCard(
    name="folder",
    title="your own folder: normal/, and one folder for each defect type",
    modality="image",
    licence="yours",
    source="yours",
    folders=("folder",),
    met_real_data="part",
)


def load_folder(root: Path) -> DataSet:
    """One folder of normal assets, others by defect type, ``masks/`` beside them where there are.

    A mask has its picture's stem and lies in ``masks/`` or ``masks/<defect type>/``.
    """
    if not root.is_dir():
        raise layout_error(root, f"folders, one of them {' or '.join(NORMAL_NAMES[:3])}")
    kinds = [folder for folder in folders_of(root) if folder.name != "masks"]
    if not any(kind.name.lower() in NORMAL_NAMES for kind in kinds):
        raise layout_error(root, f"a folder {' or '.join(NORMAL_NAMES[:3])}")
    samples = tuple(_sample(root, path) for kind in kinds for path in files_of(kind, *SUFFIXES))
    return DataSet(card=FOLDER_CARD, samples=samples)


def _sample(root: Path, path: Path) -> Sample:
    kind = path.parent.name
    gt_label = int(kind.lower() not in NORMAL_NAMES)
    folders = (root / "masks", root / "masks" / kind)
    masks = [folder / f"{path.stem}{end}" for folder in folders for end in IMAGE_SUFFIXES]
    found = [mask for mask in masks if mask.is_file()]
    return Sample(
        path=path,
        gt_label=gt_label,
        id=path.relative_to(root).as_posix(),
        defect_type=kind if gt_label else None,
        gt_mask=MaskFiles(paths=(found[0],)) if found and gt_label else None,
        modality=SUFFIXES[path.suffix.lower()],
    )


TABLE_CARD = DataSetCard(
    name="csv",
    title="your own table: samples.csv with path and label",
    modality="image",
    licence="yours",
    source="yours",
    folders=("csv",),
    met_real_data="part",
)


TABLE = "samples.csv"


def load_table(root: Path) -> DataSet:
    """``samples.csv``: path, label; optional mask, product, defect_type, split, reference.

    Paths are relative to the table. A label is 0 or 1, or a word of ``NORMAL_NAMES`` or
    ``ANOMALOUS_NAMES``. Several references are separated by semicolons.

    Args:
        root: its folder, or the table itself.
    """
    path = root if root.is_file() else root / TABLE
    if not path.is_file():
        raise layout_error(root, TABLE)
    rows = read_rows(path, columns=CSV_COLUMNS)
    samples = tuple(_row_sample(path, number, row) for number, row in enumerate(rows, start=2))
    return DataSet(card=TABLE_CARD, samples=samples)


def _row_sample(table: Path, line: int, row: Mapping[str, str]) -> Sample:
    folder = table.parent
    gt_label = _label(table, line, row["label"])
    mask = row.get("mask") or ""
    references = [name.strip() for name in (row.get("reference") or "").split(";")]
    path = require_file(folder / row["path"], listed_in=table)
    if path.suffix.lower() not in SUFFIXES:
        raise DataSetError(
            f"{table}, line {line}: path must end in one of {', '.join(SUFFIXES)}; got {path}"
        )
    return Sample(
        path=path,
        gt_label=gt_label,
        id=row["path"],
        product=row.get("product") or "",
        defect_type=(row.get("defect_type") or None) if gt_label else None,
        split=_split(table, line, row.get("split") or ""),
        references=tuple(
            require_file(folder / name, listed_in=table) for name in references if name
        ),
        gt_mask=_mask(folder / mask, table) if mask else None,
        modality=SUFFIXES[path.suffix.lower()],
    )


def _mask(path: Path, table: Path) -> MaskFiles:
    return MaskFiles(paths=(require_file(path, listed_in=table),))


def _label(table: Path, line: int, text: str) -> int:
    word = text.strip().lower()
    if word in NORMAL_NAMES:
        return 0
    if word in ANOMALOUS_NAMES:
        return 1
    known = ", ".join((*NORMAL_NAMES, *ANOMALOUS_NAMES))
    raise DataSetError(f"{table}, line {line}: label must be one of {known}; got {text!r}")


def _split(table: Path, line: int, text: str) -> SplitName | None:
    if text.strip().lower() not in _SPLITS:
        known = ", ".join(name for name in _SPLITS if name)
        raise DataSetError(f"{table}, line {line}: split must be one of {known}; got {text!r}")
    return _SPLITS[text.strip().lower()]


FOLDER = OneLayout(card=FOLDER_CARD, read=load_folder)
CSV = OneLayout(card=TABLE_CARD, read=load_table)
