"""DeepPCB pairs with their boxes (Tang et al., 2019). Knows nothing of methods or metrics."""

from pathlib import Path

from evals.datasets.label_files import read_rows
from evals.datasets.records import DataSetError, TemplatePair, TrueBox

DEFECT_TYPES: tuple[str, ...] = ("open", "short", "mousebite", "spur", "copper", "pin-hole")
"""The labelled types, by their number in the data set, from 1."""


def load_deeppcb(data_dir: Path) -> tuple[TemplatePair, ...]:
    """Every pair of the shared selection, in the order of the label file.

    Args:
        data_dir: folder that holds ``deeppcb/``.

    Raises:
        DataSetError: a file is absent, or a box has no pair or an unknown type.
    """
    folder = data_dir / "deeppcb"
    boxes = _load_boxes(folder / "boxes.csv")
    rows = read_rows(folder / "labels.csv", columns=("id", "test", "template"))
    strays = set(boxes) - {row["id"] for row in rows}
    if strays:
        raise DataSetError(f"{folder / 'boxes.csv'}: no pair has the id {sorted(strays)[0]!r}")
    return tuple(
        TemplatePair(
            id=row["id"],
            test_path=folder / row["test"],
            template_path=folder / row["template"],
            boxes=tuple(boxes.get(row["id"], ())),
        )
        for row in rows
    )


def _load_boxes(path: Path) -> dict[str, list[TrueBox]]:
    boxes: dict[str, list[TrueBox]] = {}
    for row in read_rows(path, columns=("id", "x1", "y1", "x2", "y2", "type_name")):
        if row["type_name"] not in DEFECT_TYPES:
            raise DataSetError(f"{path}: unknown defect type {row['type_name']!r}")
        x1, y1, x2, y2 = (float(row[column]) for column in ("x1", "y1", "x2", "y2"))
        box = TrueBox(box_xyxy=(x1, y1, x2, y2), defect=row["type_name"])
        boxes.setdefault(row["id"], []).append(box)
    return boxes
