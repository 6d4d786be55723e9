"""DeepPCB with its boxes (Tang et al., 2019), as pairs and as samples.

Knows nothing of methods or metrics.
"""

from pathlib import Path

from evals.datasets.label_files import read_rows
from evals.datasets.records import (
    DataSet,
    DataSetCard,
    DataSetError,
    Sample,
    TemplatePair,
    TrueBox,
)
from evals.datasets.several_layouts import OneLayout

DEFECT_TYPES: tuple[str, ...] = ("open", "short", "mousebite", "spur", "copper", "pin-hole")
"""The labelled types, by their number in the data set, from 1."""


def load_deeppcb(data_dir: Path) -> tuple[TemplatePair, ...]:
    """Every pair of the shared selection, in the order of the label file.

    Args:
        data_dir: folder that holds ``deeppcb/``.

    Raises:
        DataSetError: a file is absent, or a box has no pair or an unknown type.
    """
    return _load_pairs(data_dir / "deeppcb")


def _load_pairs(folder: Path) -> tuple[TemplatePair, ...]:
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


CARD = DataSetCard(
    name="deeppcb",
    title="DeepPCB (Tang et al. 2019)",
    modality="image",
    licence="MIT file, README: research purpose only",
    source="https://github.com/tangsanli5201/DeepPCB",
    folders=("deeppcb",),
    metric_notes="boxes; published metric is mAP at IoU 0.33 and F; most defects are artificial",
    met_real_data="part",
)


def load_deeppcb_set(root: Path) -> DataSet:
    """Templates as normal samples and test pictures with boxes, each with its template.

    A box holds its defect; there are no masks.
    """
    pairs = _load_pairs(root)
    templates = tuple(
        Sample(path=pair.template_path, gt_label=0, id=f"template/{pair.id}") for pair in pairs
    )
    tests = tuple(
        Sample(
            path=pair.test_path,
            gt_label=1,
            id=f"test/{pair.id}",
            defect_type=",".join(sorted({box.defect for box in pair.boxes})) or None,
            references=(pair.template_path,),
            boxes=pair.boxes,
        )
        for pair in pairs
    )
    return DataSet(card=CARD, samples=(*templates, *tests))


DEEPPCB = OneLayout(card=CARD, read=load_deeppcb_set)
