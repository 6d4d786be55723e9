"""The index of the Customizable-VLM benchmark over MVTec AD (Xu et al. 2024). Opens no picture.

In the index label 1 means normal; samples have ours, 1 = anomalous.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evals.datasets.class_folder_sets import MVTEC_PRODUCTS
from evals.datasets.json_files import read_objects
from evals.datasets.layout import layout_error, missing_note, require_file
from evals.datasets.masks import MaskFiles
from evals.datasets.records import DataSet, DataSetCard, DataSetError, Sample
from evals.datasets.several_layouts import OneLayout

INDEX = "vlm_for_ad_dataset.json"
KEYS = ("object_type", "defect_img_path", "good_img_path", "label", "defect_type")
_PREFIX = "datasets/MVTecAD/"
_PLACES = ("", "datasets/MVTecAD")


CARD = DataSetCard(
    name="customizable_vlm",
    title="Customizable-VLM's index of MVTec AD's test set (Xu et al. 2024)",
    modality="image",
    licence="index MIT; pictures CC BY-NC-SA 4.0 (non-commercial)",
    source="https://github.com/Xiaohao-Xu/Customizable-VLM",
    folders=("Customizable-VLM", "customizable_vlm"),
    metric_notes="label 1 means normal in the file; published metrics are of hard labels with "
    "normal as the positive class, and 'average' is over pooled samples; every reference is a "
    "test picture, and 15 samples are their own reference",
    met_real_data="index",
)


def load_customizable_vlm(root: Path) -> DataSet:
    """``vlm_for_ad_dataset.json`` in the folder, or where the authors' repository has it.

    Its paths are ``datasets/MVTecAD/<product>/test/...``; pictures may also lie without prefix.
    """
    folder = next((root / p for p in _PLACES if (root / p / INDEX).is_file()), root)
    entries = read_objects(folder, INDEX, keys=KEYS)
    products = dict.fromkeys(str(entry["object_type"]) for entry in entries)
    bases = {product: _base((root, folder), product) for product in products}
    here = [product for product, base in bases.items() if base is not None]
    if not here:
        raise layout_error(root, f"pictures as {entries[0]['defect_img_path']}")
    samples = tuple(
        _sample(base, folder / INDEX, entry)
        for entry in entries
        if (base := bases[str(entry["object_type"])]) is not None
    )
    return DataSet(card=CARD, samples=samples, notes=missing_note(MVTEC_PRODUCTS, here))


def _sample(base: Path, index: Path, entry: Mapping[str, Any]) -> Sample:
    """Of a product whose folder is ``base / product``."""
    if entry["label"] not in (0, 1):
        raise DataSetError(f"{index}: label must be 0 or 1, got {entry['label']!r}")
    path, reference = (
        base / str(entry[key]).removeprefix(_PREFIX) for key in ("defect_img_path", "good_img_path")
    )
    gt_label = 1 - int(entry["label"])
    folder = base / entry["object_type"] / "ground_truth" / path.parent.name
    mask = folder / f"{path.stem}_mask.png"
    return Sample(
        path=require_file(path, listed_in=index),
        gt_label=gt_label,
        id=entry["defect_img_path"],
        product=entry["object_type"],
        defect_type=entry["defect_type"] if gt_label else None,
        split="test",
        references=(require_file(reference, listed_in=index),),
        gt_mask=MaskFiles(paths=(mask,)) if gt_label and mask.is_file() else None,
    )


def _base(roots: tuple[Path, ...], product: str) -> Path | None:
    """The folder of the products' folders, with or without the index's own prefix."""
    candidates = [root / prefix for root in roots for prefix in ("", _PREFIX)]
    return next((base for base in candidates if (base / product).is_dir()), None)


CUSTOMIZABLE_VLM = OneLayout(card=CARD, read=load_customizable_vlm)
