"""VisA, AITEX, ELPV, HeadCT, BrainMRI and Br35H on trees in their published layouts."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from evals.datasets import DATA_SETS, DataSetError

Tree = Callable[[Mapping[str, str]], Path]

VISA = {
    "split_csv/1cls.csv": (
        "object,split,label,image,mask\n"
        "candle,train,normal,candle/Data/Images/Normal/0836.JPG,\n"
        "candle,test,normal,candle/Data/Images/Normal/0001.JPG,\n"
        "candle,test,anomaly,candle/Data/Images/Anomaly/000.JPG,candle/Data/Masks/Anomaly/000.png\n"
        "pcb1,train,normal,pcb1/Data/Images/Normal/0001.JPG,\n"
    ),
    "candle/image_anno.csv": (
        "image,label,mask\n"
        "candle/Data/Images/Normal/0001.JPG,normal,\n"
        'candle/Data/Images/Anomaly/000.JPG,"chunk of wax missing,other",x\n'
    ),
    "candle/Data/Images/Normal/0836.JPG": "picture",
    "candle/Data/Images/Normal/0001.JPG": "picture",
    "candle/Data/Images/Anomaly/000.JPG": "picture",
    "candle/Data/Masks/Anomaly/000.png": "mask",
}
AITEX = {
    "Defect_images/0001_002_00.png": "picture",
    "Defect_images/0044_019_04.png": "picture",
    "Defect_images/0100_025_08.png": "picture",
    "Mask_images/0001_002_00_mask.png": "mask",
    "Mask_images/0044_019_04_mask1.png": "mask",
    "Mask_images/0044_019_04_mask2.png": "mask",
    "NODefect_images/2306881-210020u/0001_000_05.png": "picture",
}
ELPV = {
    "src/elpv_dataset/data/labels.csv": (
        "images/cell0001.png  1.0                 mono\n"
        "images/cell0002.png  0.0                 poly\n"
        "images/cell0003.png  0.3333333333333333  poly\n"
    ),
    "src/elpv_dataset/data/images/cell0001.png": "picture",
    "src/elpv_dataset/data/images/cell0002.png": "picture",
    "src/elpv_dataset/data/images/cell0003.png": "picture",
}
HEAD_CT = {
    "labels.csv": "id, hemorrhage\n0,1\n100,0\n",
    "head_ct/head_ct/000.png": "picture",
    "head_ct/head_ct/100.png": "picture",
}
YES_NO = {"no/1.jpg": "picture", "yes/Y1.JPG": "picture", "pred/p.jpg": "picture"}


def test_visa_follows_its_split_file_and_names_defects_from_the_annotation(tree: Tree) -> None:
    loaded = DATA_SETS["visa"].load(tree(VISA))
    assert [(s.gt_label, s.split, s.defect_type) for s in loaded.samples] == [
        (0, "train", None),
        (0, "test", None),
        (1, "test", "chunk of wax missing,other"),
    ]
    mask = loaded.samples[2].load_gt_mask()
    assert mask is not None
    assert mask.sum() == 1
    assert loaded.notes[0].startswith("1 of 12 published products; absent: capsules")


def test_aitex_reads_code_and_fabric_from_the_name_and_joins_masks(tree: Tree) -> None:
    loaded = DATA_SETS["aitex"].load(tree(AITEX))
    assert [(s.gt_label, s.product, s.defect_type) for s in loaded.samples] == [
        (0, "fabric_05", None),
        (1, "fabric_00", "broken_end"),
        (1, "fabric_04", "fuzzyball"),
        (1, "fabric_08", "warp_ball"),
    ]
    masks = [sample.load_gt_mask() for sample in loaded.samples]
    assert [None if mask is None else mask.sum() for mask in masks] == [0, 1, 1, None]
    assert loaded.notes == ("1 defect pictures have no mask file",)


def test_elpv_of_the_repository_leaves_ambiguous_cells_out(tree: Tree) -> None:
    loaded = DATA_SETS["elpv"].load(tree(ELPV))
    assert [(s.id, s.gt_label, s.product) for s in loaded.samples] == [
        ("images/cell0001.png", 1, "mono"),
        ("images/cell0002.png", 0, "poly"),
    ]
    assert [(one.path.name, one.reason) for one in loaded.left_out] == [
        ("cell0003.png", "defect probability 0.3333333333333333")
    ]


@pytest.mark.parametrize("folder", ["head_ct/head_ct/", "head_ct/"])
def test_head_ct_pads_its_numbers(tree: Tree, folder: str) -> None:
    moved = {name.replace("head_ct/head_ct/", folder): text for name, text in HEAD_CT.items()}
    loaded = DATA_SETS["headct"].load(tree(moved))
    assert [(s.id, s.gt_label, s.defect_type) for s in loaded.samples] == [
        ("000", 1, "hemorrhage"),
        ("100", 0, None),
    ]


@pytest.mark.parametrize("name", ["brainmri", "br35h"])
def test_yes_is_a_tumor_and_pred_is_no_sample(tree: Tree, name: str) -> None:
    loaded = DATA_SETS[name].load(tree(YES_NO))
    assert [(s.id, s.gt_label, s.defect_type) for s in loaded.samples] == [
        ("no/1.jpg", 0, None),
        ("yes/Y1.JPG", 1, "tumor"),
    ]


def test_brain_mri_may_lie_in_the_folder_of_the_archive(tree: Tree) -> None:
    inside = {f"brain_tumor_dataset/{name}": kind for name, kind in YES_NO.items()}
    assert len(DATA_SETS["brainmri"].load(tree(inside)).samples) == 2


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("visa", {"candle/x.txt": ""}, "looked for split_csv/1cls.csv; found candle/"),
        (
            "visa",
            {"split_csv/1cls.csv": VISA["split_csv/1cls.csv"]},
            r"looked for folders of products \(candle/, ...\); found split_csv/",
        ),
        (
            "visa",
            {k: v for k, v in VISA.items() if "0836" not in k},
            "0836.JPG is listed in 1cls.csv but absent",
        ),
        (
            "visa",
            {"split_csv/1cls.csv": "object,split,label,image,mask\nc,dev,ok,x.JPG,\n", "c/x": ""},
            "label must be normal or anomaly and split train or test, got 'ok' and 'dev'",
        ),
        ("aitex", {"Defect_images/0001_002_00.png": ""}, "looked for the folder Mask_images/"),
        (
            "aitex",
            {**AITEX, "Defect_images/cloth.png": "picture"},
            "looked for a name such as 0001_002_00.png",
        ),
        ("aitex", {"x.txt": ""}, r"Defect_images \(as published\) or labels.csv \(a part"),
        (
            "elpv",
            {**ELPV, "src/elpv_dataset/data/labels.csv": "images/cell0001.png,1.0,mono\n"},
            "looked for picture, probability and cell type, found 'images/cell0001.png,1.0,mono'",
        ),
        (
            "headct",
            {**HEAD_CT, "labels.csv": "name,label\n0,1\n"},
            "looked for columns id and hemorrhage; found name, label",
        ),
        ("headct", {"head_ct/head_ct/000.png": ""}, "labels.csv does not exist"),
        ("brainmri", {"yes/1.jpg": ""}, "looked for the folder no/; found yes/"),
    ],
)
def test_a_wrong_layout_is_told_with_what_was_sought_and_found(
    tree: Tree, name: str, files: Mapping[str, str], message: str
) -> None:
    with pytest.raises(DataSetError, match=message):
        DATA_SETS[name].load(tree(files))
