"""The MVTec family on trees in their published layouts."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from evals.datasets import DATA_SETS, DataSetError

Tree = Callable[[Mapping[str, str]], Path]

MVTEC = {
    "bottle/train/good/000.png": "picture",
    "bottle/test/good/000.png": "picture",
    "bottle/test/broken_large/000.png": "picture",
    "bottle/ground_truth/broken_large/000_mask.png": "mask",
    "bottle/license.txt": "",
}
LOCO = {
    "breakfast_box/train/good/000.png": "picture",
    "breakfast_box/validation/good/000.png": "picture",
    "breakfast_box/test/good/000.png": "picture",
    "breakfast_box/test/logical_anomalies/000.png": "picture",
    "breakfast_box/ground_truth/logical_anomalies/000/000.png": "mask",
    "breakfast_box/ground_truth/logical_anomalies/000/001.png": "mask",
    "breakfast_box/defects_config.json": "[]",
}
MVTEC_3D = {
    "bagel/train/good/rgb/000.png": "picture",
    "bagel/train/good/xyz/000.tiff": "",
    "bagel/validation/good/rgb/000.png": "picture",
    "bagel/validation/good/xyz/000.tiff": "",
    "bagel/test/crack/rgb/000.png": "picture",
    "bagel/test/crack/xyz/000.tiff": "",
    "bagel/test/crack/gt/000.png": "mask",
    "bagel/calibration/camera_parameters.json": "{}",
}
BTAD = {
    "01/train/ok/0000.bmp": "picture",
    "01/test/ok/0000.bmp": "picture",
    "01/test/ko/0001.bmp": "picture",
    "01/ground_truth/ko/0001.png": "mask",
    "03/train/ok/0000.bmp": "picture",
    "03/test/ko/0001.bmp": "picture",
    "03/ground_truth/ko/0001.bmp": "mask",
}


@pytest.mark.parametrize("name", ["mvtec_ad", "mpdd"])
def test_mvtec_ad_and_mpdd_name_masks_after_their_picture(tree: Tree, name: str) -> None:
    loaded = DATA_SETS[name].load(tree(MVTEC))
    assert [(s.id, s.gt_label, s.split, s.defect_type) for s in loaded.samples] == [
        ("bottle/train/good/000.png", 0, "train", None),
        ("bottle/test/broken_large/000.png", 1, "test", "broken_large"),
        ("bottle/test/good/000.png", 0, "test", None),
    ]
    assert loaded.products == ("bottle",)
    masks = [sample.load_gt_mask() for sample in loaded.samples]
    assert [mask.sum() for mask in masks if mask is not None] == [0, 1, 0]
    assert {mask.shape for mask in masks if mask is not None} == {(3, 4)}


def test_one_product_folder_alone_can_be_read(tree: Tree) -> None:
    loaded = DATA_SETS["mvtec_ad"].load(tree(MVTEC) / "bottle")
    assert loaded.samples[0].id == "bottle/train/good/000.png"


def test_absent_products_are_noted(tree: Tree) -> None:
    (note,) = DATA_SETS["mvtec_ad"].load(tree(MVTEC)).notes
    assert note.startswith("1 of 15 published products; absent: cable, capsule")


def test_loco_joins_the_masks_of_one_picture_and_has_a_validation_split(tree: Tree) -> None:
    loaded = DATA_SETS["mvtec_loco"].load(tree(LOCO))
    assert [(s.split, s.defect_type) for s in loaded.samples] == [
        ("train", None),
        ("validation", None),
        ("test", None),
        ("test", "logical_anomalies"),
    ]
    mask = loaded.samples[3].load_gt_mask()
    assert mask is not None
    assert mask.sum() == 1


def test_mvtec_3d_takes_the_cloud_and_keeps_the_picture_beside_it(tree: Tree) -> None:
    root = tree(MVTEC_3D)
    crack = DATA_SETS["mvtec_3d"].load(root).samples[-1]
    assert (crack.id, crack.modality) == ("bagel/test/crack/xyz/000.tiff", "point_cloud")
    assert crack.more_paths == (root / "bagel/test/crack/rgb/000.png",)
    mask = crack.load_gt_mask()
    assert mask is not None
    assert mask.sum() == 1


def test_btad_calls_normal_ok_and_has_masks_of_two_kinds(tree: Tree) -> None:
    loaded = DATA_SETS["btad"].load(tree(BTAD))
    anomalous = [s for s in loaded.samples if s.gt_label]
    masks = [s.load_gt_mask() for s in anomalous]
    assert [s.defect_type for s in anomalous] == ["ko", "ko"]
    assert [mask.sum() for mask in masks if mask is not None] == [1, 1]
    assert loaded.notes == ("2 of 3 published products; absent: 02",)


def without(files: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in files.items() if key != name}


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("mvtec_ad", {"readme.txt": ""}, r"looked for folders of products \(bottle/, ...\) .*"),
        ("mvtec_ad", {"bottle/train/good/0.png": ""}, "with train/ and test/; found bottle/"),
        (
            "mvtec_ad",
            without(MVTEC, "bottle/ground_truth/broken_large/000_mask.png"),
            r"looked for ground_truth/broken_large/000_mask.png, the mask of "
            r"test/broken_large/000.png; found test/, train/, license.txt",
        ),
        (
            "mvtec_loco",
            {k: v for k, v in LOCO.items() if "ground_truth" not in k},
            r"ground_truth/logical_anomalies/000/\*.png",
        ),
        ("mvtec_3d", without(MVTEC_3D, "bagel/test/crack/gt/000.png"), "test/crack/gt/000.png"),
        (
            "mvtec_3d",
            {"bagel/train/good/000.png": "", "bagel/test/good/000.png": ""},
            "good: looked for the folder xyz/; found 000.png",
        ),
        ("btad", without(BTAD, "01/ground_truth/ko/0001.png"), "ground_truth/ko/0001.png, "),
    ],
)
def test_a_wrong_layout_is_told_with_what_was_sought_and_found(
    tree: Tree, name: str, files: Mapping[str, str], message: str
) -> None:
    with pytest.raises(DataSetError, match=message):
        DATA_SETS[name].load(tree(files))


def test_an_absent_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="found no such folder"):
        DATA_SETS["mvtec_ad"].load(tmp_path / "nowhere")
