"""VisA by its split file (Zou et al., ECCV 2022). Opens no picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evals.datasets.label_files import read_rows
from evals.datasets.layout import layout_error, missing_note, require_file
from evals.datasets.masks import MaskFiles
from evals.datasets.records import DataSet, DataSetCard, DataSetError, Sample, SplitName

PRODUCTS = (
    *("candle", "capsules", "cashew", "chewinggum", "fryum", "macaroni1", "macaroni2"),
    *("pcb1", "pcb2", "pcb3", "pcb4", "pipe_fryum"),
)
CARD = DataSetCard(
    name="visa",
    title="VisA (Zou et al., ECCV 2022)",
    modality="image",
    licence="CC BY 4.0 (LICENSE-DATASET of its repository; some loaders say CC BY-NC-SA)",
    source="https://github.com/amazon-science/spot-diff",
    folders=("visa", "VisA", "VisA_20220922"),
    metric_notes="one-class split, split_csv/1cls.csv: 2,162 test pictures, 962 normal; masks hold "
    "the defect's number, any but 0 is anomalous",
    met_real_data="index",
)
_LABELS = {"normal": 0, "anomaly": 1}
_SPLITS: dict[str, SplitName] = {"train": "train", "test": "test"}


@dataclass(frozen=True, kw_only=True)
class Visa:
    """An adapter for one of VisA's split files."""

    card: DataSetCard = CARD
    split_file: str = "split_csv/1cls.csv"
    """Or 2cls_fewshot.csv or 2cls_highshot.csv, where training has anomalies too."""

    def load(self, root: Path) -> DataSet:
        """Read the split file and, where they are there, the products' ``image_anno.csv``."""
        split_path = root / self.split_file
        if not split_path.is_file():
            raise layout_error(root, self.split_file)
        rows = read_rows(split_path, columns=("object", "split", "label", "image", "mask"))
        products = tuple(dict.fromkeys(row["object"] for row in rows))
        here = [product for product in products if (root / product).is_dir()]
        if not here:
            raise layout_error(root, f"folders of products ({products[0]}/, ...)")
        defects = {product: _defects(root / product) for product in here}
        samples = tuple(
            self._sample(root, row, defects[row["object"]])
            for row in rows
            if row["object"] in defects
        )
        return DataSet(card=self.card, samples=samples, notes=missing_note(PRODUCTS, here))

    def _sample(self, root: Path, row: Mapping[str, str], defects: Mapping[str, str]) -> Sample:
        listed_in = root / self.split_file
        if row["label"] not in _LABELS or row["split"] not in _SPLITS:
            raise DataSetError(
                f"{listed_in}: label must be normal or anomaly and split train or test, got "
                f"{row['label']!r} and {row['split']!r} for {row['image']}"
            )
        gt_label = _LABELS[row["label"]]
        return Sample(
            path=require_file(root / row["image"], listed_in=listed_in),
            gt_label=gt_label,
            id=row["image"],
            product=row["object"],
            defect_type=defects.get(row["image"]) if gt_label else None,
            split=_SPLITS[row["split"]],
            gt_mask=MaskFiles(paths=(root / row["mask"],)) if row["mask"] else None,
        )


def _defects(product: Path) -> dict[str, str]:
    """Defect types by picture; several in one picture are joined by commas."""
    path = product / "image_anno.csv"
    if not path.is_file():
        return {}
    rows = read_rows(path, columns=("image", "label"))
    return {row["image"]: row["label"] for row in rows if row["label"] != "normal"}


VISA = Visa()
