"""Sets that stand as pictures beside a `labels.csv`: parts of public sets, one row a picture.

Knows nothing of methods or metrics; opens no picture.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from evals.datasets.label_files import read_rows
from evals.datasets.layout import require_file
from evals.datasets.masks import MaskFiles
from evals.datasets.records import (
    DataSet,
    DataSetCard,
    DataSetError,
    LeftOut,
    Sample,
    SplitName,
    TrueBox,
)

Row = Mapping[str, str]

LABELS: dict[str, int] = {"normal": 0, "defect": 1, "tumor": 1, "hemorrhage": 1, "anomaly": 1}
LEFT_OUT: dict[str, str] = {"ambiguous": "labelled ambiguous", "": "carries no label"}
SPLITS: dict[str, SplitName] = {"train": "train", "val": "validation", "test": "test"}
LABEL_FILE = "labels.csv"
_GREY_MIDDLE = 127


@dataclass(frozen=True, kw_only=True)
class LabelledPart:
    """An adapter for one such folder; columns that are not named are ignored."""

    card: DataSetCard
    defect_column: str | None = None
    product_column: str | None = None
    product_of: Callable[[str], str] = str
    """From the product column's value to the product."""
    split_column: str | None = None
    mask_column: str | None = None
    box_class_column: str | None = None
    """Of ``boxes.csv``; None where there is no such file."""
    normal_classes: tuple[str, ...] = ()
    """Classes of boxes that mark good places."""
    kept_columns: tuple[str, ...] = ()
    """Copied into the samples' metadata."""

    def load(self, root: Path) -> DataSet:
        """Read ``labels.csv`` and, where the set has one, ``boxes.csv``."""
        named = (self.defect_column, self.product_column, self.split_column, self.mask_column)
        wanted = ("file", "label", *(column for column in named if column), *self.kept_columns)
        rows = read_rows(root / LABEL_FILE, columns=wanted)
        boxes = self._load_boxes(root)
        kept = [row for row in rows if row["label"] not in LEFT_OUT]
        return DataSet(
            card=self.card,
            samples=tuple(self._sample(root, row, boxes.get(row["file"], ())) for row in kept),
            left_out=tuple(
                LeftOut(path=root / row["file"], reason=LEFT_OUT[row["label"]])
                for row in rows
                if row["label"] in LEFT_OUT
            ),
        )

    def _sample(self, root: Path, row: Row, boxes: tuple[TrueBox, ...]) -> Sample:
        listed_in = root / LABEL_FILE
        if row["label"] not in LABELS:
            raise DataSetError(f"{listed_in}: unknown label {row['label']!r} of {row['file']}")
        gt_label = LABELS[row["label"]]
        mask = row[self.mask_column] if self.mask_column else ""
        return Sample(
            path=require_file(root / row["file"], listed_in=listed_in),
            gt_label=gt_label,
            id=row["file"],
            product=self.product_of(row[self.product_column]) if self.product_column else "",
            defect_type=row[self.defect_column] if gt_label and self.defect_column else None,
            split=self._split(listed_in, row),
            gt_mask=MaskFiles(paths=(root / mask,), above=_GREY_MIDDLE) if mask else None,
            boxes=boxes if gt_label else (),
            metadata={column: row[column] for column in self.kept_columns},
        )

    def _split(self, listed_in: Path, row: Row) -> SplitName | None:
        if self.split_column is None:
            return None
        if row[self.split_column] not in SPLITS:
            raise DataSetError(
                f"{listed_in}: unknown split {row[self.split_column]!r} of {row['file']}; known: "
                f"{', '.join(SPLITS)}"
            )
        return SPLITS[row[self.split_column]]

    def _load_boxes(self, root: Path) -> dict[str, tuple[TrueBox, ...]]:
        if self.box_class_column is None:
            return {}
        columns = ("file", self.box_class_column, "x1", "y1", "x2", "y2")
        boxes: dict[str, tuple[TrueBox, ...]] = {}
        for row in read_rows(root / "boxes.csv", columns=columns):
            kind = row[self.box_class_column]
            if kind not in self.normal_classes:
                x1, y1, x2, y2 = (float(row[corner]) for corner in ("x1", "y1", "x2", "y2"))
                box = TrueBox(box_xyxy=(x1, y1, x2, y2), defect=kind)
                boxes[row["file"]] = (*boxes.get(row["file"], ()), box)
        return boxes
