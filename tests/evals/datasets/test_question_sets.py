"""VisA-D&R, Anomaly-Instruct style files, MMAD and the Customizable-VLM index, small."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from evals.datasets import DATA_SETS, DataSetError
from evals.datasets.question_sets import DETECTION_QUESTION

Tree = Callable[[Mapping[str, str]], Path]

VISA_DR = {
    "VisA/test_data.json": json.dumps(
        [
            {"image": "VisA/candle/Data/Images/Normal/0001.JPG", "anomaly": False},
            {"image": "VisA/pcb1/Data/Images/Anomaly/000.JPG", "anomaly": True},
        ]
    ),
    "VisA/visa_dr.json": json.dumps(
        [
            {
                "image": "VisA/pcb1/Data/Images/Anomaly/000.JPG",
                "questions": ["What is wrong?", "What may follow?"],
                "references": ["A bent pin.", "No contact."],
            }
        ]
    ),
    "VisA/candle/Data/Images/Normal/0001.JPG": "picture",
    "VisA/pcb1/Data/Images/Anomaly/000.JPG": "picture",
}
INSTRUCT_ENTRY = {
    "id": "mvtec_00000000",
    "image": "mvtec_anomaly_detection/capsule/test/poke/004.png",
    "conversations": [
        {"from": "human", "value": "<image>\nIs there a defect?"},
        {"from": "gpt", "value": "Yes, a poke."},
    ],
    "metadata": {
        "anomaly": True,
        "source": "mvtec_anomaly_detection",
        "mask": "mvtec_anomaly_detection/capsule/ground_truth/poke/004_mask.png",
        "category": "industrial",
        "shot": "zero_shot",
        "target": "2D",
    },
}
VIEWS = {
    **INSTRUCT_ENTRY,
    "id": "shape_0",
    "image": ["a/view_0.png", "a/view_1.png"],
    "metadata": {"anomaly": False, "source": "anomaly_shapenet", "mask": None, "target": "3D"},
}
INSTRUCT = {
    "mvtec_zero_shot.json": json.dumps([INSTRUCT_ENTRY]),
    "anomaly_shapenet_zero_shot.json": json.dumps([VIEWS]),
    "dataset_info.json": "{}",
    "mvtec_anomaly_detection/capsule/test/poke/004.png": "picture",
    "mvtec_anomaly_detection/capsule/ground_truth/poke/004_mask.png": "mask",
    "a/view_0.png": "picture",
    "a/view_1.png": "picture",
}
ASKED = {
    "Question": "Is there any defect in the object?",
    "Answer": "A",
    "Options": {"A": "Yes.", "B": "No."},
    "type": "Anomaly Detection",
    "annotation": True,
}
BROKEN, GOOD = "DS-MVTec/bottle/image/broken_large/000.png", "DS-MVTec/bottle/image/good/000.png"
TEMPLATE = "MVTec-AD/bottle/train/good/001.png"
MMAD = {
    "mmad.json": json.dumps(
        {
            BROKEN: {
                "mask_path": "rbg_mask/broken_large/000_mask.png",
                "similar_templates": [TEMPLATE],
                "random_templates": [TEMPLATE],
                "conversation": [ASKED],
            },
            GOOD: {"conversation": [{**ASKED, "Answer": "B"}], "random_templates": [TEMPLATE]},
        }
    ),
    BROKEN: "picture",
    GOOD: "picture",
    TEMPLATE: "picture",
    "DS-MVTec/bottle/rbg_mask/broken_large/000_mask.png": "mask",
}


def index_entry(name: str, label: int, defect: str) -> dict[str, Any]:
    return {
        "object_type": "bottle",
        "defect_img_path": f"datasets/MVTecAD/bottle/test/{name}",
        "good_img_path": "datasets/MVTecAD/bottle/test/good/000.png",
        "label": label,
        "defect_type": defect,
    }


INDEX = [index_entry("broken_large/000.png", 0, "broken_large"), index_entry("good/000.png", 1, "")]
CUSTOMIZABLE_VLM = {
    "datasets/MVTecAD/vlm_for_ad_dataset.json": json.dumps(INDEX),
    "datasets/MVTecAD/bottle/test/broken_large/000.png": "picture",
    "datasets/MVTecAD/bottle/test/good/000.png": "picture",
    "datasets/MVTecAD/bottle/ground_truth/broken_large/000_mask.png": "mask",
}


def test_visa_dr_asks_for_detection_and_then_reasons_with_the_references(tree: Tree) -> None:
    normal, anomalous = DATA_SETS["visa_dr"].load(tree(VISA_DR)).samples
    assert (normal.gt_label, normal.product, anomalous.product) == (0, "candle", "pcb1")
    assert [(q.text, q.answer) for q in normal.questions] == [(DETECTION_QUESTION, "No")]
    assert [(q.text, q.answer, q.kind) for q in anomalous.questions] == [
        (DETECTION_QUESTION, "Yes", "detection"),
        ("What is wrong?", "A bent pin.", "reasoning"),
        ("What may follow?", "No contact.", "reasoning"),
    ]


def test_visa_dr_without_reasoning_says_so(tree: Tree) -> None:
    files = {k: v for k, v in VISA_DR.items() if "visa_dr" not in k}
    loaded = DATA_SETS["visa_dr"].load(tree(files))
    assert loaded.notes == ("visa_dr.json is absent: detection only",)


def test_instruct_files_give_questions_masks_and_views(tree: Tree) -> None:
    root = tree(INSTRUCT)
    shape, capsule = DATA_SETS["anomaly_instruct"].load(root).samples
    assert (shape.gt_label, shape.paths) == (0, (root / "a/view_0.png", root / "a/view_1.png"))
    assert (capsule.id, capsule.gt_label, capsule.product) == (
        "mvtec_00000000",
        1,
        "mvtec_anomaly_detection",
    )
    assert [(q.text, q.answer) for q in capsule.questions] == [
        ("<image>\nIs there a defect?", "Yes, a poke.")
    ]
    mask = capsule.load_gt_mask()
    assert mask is not None
    assert mask.sum() == 1
    assert capsule.metadata["target"] == "2D"


def test_mmad_gives_options_templates_and_masks(tree: Tree) -> None:
    root = tree(MMAD)
    broken, good = DATA_SETS["mmad"].load(root).samples
    assert [(s.gt_label, s.product, s.defect_type) for s in (broken, good)] == [
        (1, "DS-MVTec/bottle", "broken_large"),
        (0, "DS-MVTec/bottle", None),
    ]
    (asked,) = broken.questions
    assert (asked.kind, asked.answer, asked.options) == (
        "Anomaly Detection",
        "A",
        {"A": "Yes.", "B": "No."},
    )
    assert broken.references == (root / TEMPLATE,)
    mask = broken.load_gt_mask()
    assert mask is not None
    assert mask.sum() == 1


def test_a_mask_at_none_of_its_places_is_told(tree: Tree) -> None:
    files = {k: v for k, v in MMAD.items() if "rbg_mask" not in k}
    sample = DATA_SETS["mmad"].load(tree(files)).samples[0]
    with pytest.raises(DataSetError, match=r"looked for a mask at .*; none exists"):
        sample.load_gt_mask()


@pytest.mark.parametrize("prefix", ["datasets/MVTecAD/", ""])
def test_label_one_of_the_index_means_normal(tree: Tree, prefix: str) -> None:
    moved = {k.replace("datasets/MVTecAD/", prefix): v for k, v in CUSTOMIZABLE_VLM.items()}
    root = tree(moved)
    loaded = DATA_SETS["customizable_vlm"].load(root)
    assert [(s.gt_label, s.defect_type) for s in loaded.samples] == [(1, "broken_large"), (0, None)]
    reference = root / f"{prefix}bottle/test/good/000.png"
    assert [s.references for s in loaded.samples] == [(reference,)] * 2
    assert loaded.samples[1].path == reference  # it is compared with itself
    mask = loaded.samples[0].load_gt_mask()
    assert mask is not None
    assert mask.sum() == 1


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("visa_dr", {"x.json": "[]"}, "looked for test_data.json; found x.json"),
        ("visa_dr", {"test_data.json": "{}"}, "looked for a list of objects, found an object of"),
        (
            "visa_dr",
            {"test_data.json": '[{"image": "a"}]'},
            "entry 0 has no 'anomaly'; found an object of 'image'",
        ),
        ("visa_dr", {"test_data.json": "[1,"}, "not json"),
        (
            "visa_dr",
            {k: v for k, v in VISA_DR.items() if not k.endswith("000.JPG")},
            "looked for VisA/pcb1/Data/Images/Anomaly/000.JPG, or the same one folder up",
        ),
        ("anomaly_instruct", {"a.json": "[]"}, "looked for .*.json with entries of id, image"),
        ("mmad", {"mmad.json": "[1, 2]"}, "looked for an object by picture, found a list of 2"),
        ("mmad", {"metadata.csv": ""}, "looked for mmad.json; found metadata.csv"),
        (
            "mmad",
            {k: v for k, v in MMAD.items() if k != TEMPLATE},
            f"looked for {TEMPLATE}, or the same one folder up",
        ),
        (
            "customizable_vlm",
            {
                **{k: v for k, v in CUSTOMIZABLE_VLM.items() if "test/good" not in k},
                "datasets/MVTecAD/vlm_for_ad_dataset.json": json.dumps(INDEX[:1]),
            },
            "good/000.png is listed in vlm_for_ad_dataset.json but absent",
        ),
        (
            "customizable_vlm",
            {"vlm_for_ad_dataset.json": json.dumps(INDEX)},
            "looked for pictures as datasets/MVTecAD/bottle/test/broken_large/000.png",
        ),
        (
            "customizable_vlm",
            {k: v for k, v in CUSTOMIZABLE_VLM.items() if "test/broken" not in k},
            "broken_large/000.png is listed in vlm_for_ad_dataset.json but absent",
        ),
        (
            "customizable_vlm",
            {"vlm_for_ad_dataset.json": json.dumps([{**INDEX[0], "label": 2}]), "bottle/x": ""},
            "label must be 0 or 1, got 2",
        ),
    ],
)
def test_a_wrong_layout_is_told_with_what_was_sought_and_found(
    tree: Tree, name: str, files: Mapping[str, str], message: str
) -> None:
    with pytest.raises(DataSetError, match=message):
        DATA_SETS[name].load(tree(files))
