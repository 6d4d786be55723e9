"""The same weights through segment-anything and through transformers give the same masks.

segment-anything runs in a process of its own: beside a stand-in for the three functions of
torchvision that it calls, and beside torchvision itself in the environment whose interpreter
LOUPE_TORCHVISION_PYTHON names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tools.arrays import UInt8Image
from tools.regions.sam import EverythingSettings, Prompt, SegmentedMask
from tools.regions.sam.by_transformers import TransformersSam

BOXES = """
import torch

def box_area(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])

def overlap(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(w, 0) * max(h, 0)
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / both if both else 0.0

def batched_nms(boxes, scores, idxs, iou_threshold):
    kept = []
    for one in scores.argsort(descending=True, stable=True).tolist():
        if all(overlap(boxes[one].tolist(), boxes[k].tolist()) <= iou_threshold for k in kept):
            kept.append(one)
    return torch.tensor(kept, dtype=torch.int64)
"""
FUNCTIONAL = """
from PIL import Image

def to_pil_image(array):
    return Image.fromarray(array)

def resize(picture, size):
    return picture.resize((size[1], size[0]), Image.BILINEAR)
"""
PROGRAM = """
import json, sys
from pathlib import Path
import numpy as np
from tools.regions.sam import EverythingSettings, Prompt, load_segmenter

folder = Path(sys.argv[1])
asked = json.loads((folder / "asked.json").read_text())
image = np.load(folder / "image.npy")
answers, routes = [], []
for changes in asked["settings"]:
    released = load_segmenter(folder / "sam.pth", settings=EverythingSettings(**changes))
    answers.append(released.everything(image))
    routes.append([released.route, released.note])
answers.append([released.prompted(image, Prompt(**one)) for one in asked["prompts"]])
kept = {}
for n, masks in enumerate(answers):
    kept[f"masks{n}"] = np.array([one.mask for one in masks])
    kept[f"predicted{n}"] = np.array([one.predicted_iou for one in masks])
np.savez(folder / "answers.npz", **kept)
print(json.dumps(routes))
"""
STAND_IN = {
    "__init__.py": "",
    "ops/__init__.py": "",
    "ops/boxes.py": BOXES,
    "transforms/__init__.py": "",
    "transforms/functional.py": FUNCTIONAL,
}
PYTHON = os.environ.get("LOUPE_TORCHVISION_PYTHON", "")
ROOT = Path(__file__).resolve().parents[4]
LOOSE: dict[str, Any] = {
    "points_per_side": 6,
    "pred_iou_thresh": 0.5,
    "stability_score_thresh": 0.1,
    "stability_score_offset": 0.5,
}
SETTINGS = [
    {**LOOSE, "box_nms_thresh": 1.0},
    {**LOOSE, "box_nms_thresh": 0.9, "points_per_batch": 7},
    {**LOOSE, "box_nms_thresh": 1.0, "crop_n_layers": 1, "crop_nms_thresh": 1.0},
    {**LOOSE, "crop_n_layers": 1, "crop_n_points_downscale_factor": 2},
    {**LOOSE, "box_nms_thresh": 1.0, "min_mask_region_area_px": 9},
]
N_MASKS_AT_LEAST = (30, 1, 30, 1, 30)
PROMPTS: list[dict[str, Any]] = [
    {"points_xy": [[10.0, 12.0]], "labels": [1]},
    {"points_xy": [[10.0, 12.0], [50.0, 30.0]], "labels": [1, 0]},
    {"box_xyxy": [5.0, 5.0, 60.0, 40.0]},
    {"points_xy": [[20.0, 20.0]], "labels": [1], "box_xyxy": [5.0, 5.0, 60.0, 40.0]},
]


@pytest.fixture(scope="module")
def asked(sam_state: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a checkpoint, a picture, and what is asked of them."""
    folder = tmp_path_factory.mktemp("routes")
    torch.save(sam_state, folder / "sam.pth")
    np.save(folder / "image.npy", picture())
    (folder / "asked.json").write_text(json.dumps({"settings": SETTINGS, "prompts": PROMPTS}))
    return folder


@pytest.fixture(scope="module", params=["a stand-in for torchvision", "torchvision"])
def released(request: pytest.FixtureRequest, asked: Path) -> list[list[SegmentedMask]]:
    """What segment-anything answers: for each of the settings, then for the prompts."""
    if request.param == "torchvision" and not PYTHON:
        pytest.skip("torchvision absent: set LOUPE_TORCHVISION_PYTHON to an interpreter with it")
    python, paths = PYTHON, [str(ROOT)]
    if request.param != "torchvision":
        python, paths = sys.executable, [str(stand_in(asked)), *paths]
    done = subprocess.run(
        [python, "-c", PROGRAM, str(asked)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(paths), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == [["segment-anything", ""]] * len(SETTINGS)
    kept = np.load(asked / "answers.npz")
    return [
        [
            SegmentedMask(*pair)
            for pair in zip(kept[f"masks{n}"], kept[f"predicted{n}"], strict=True)
        ]
        for n in range(len(SETTINGS) + 1)
    ]


def stand_in(folder: Path) -> Path:
    for name, text in STAND_IN.items():
        place = folder / "stand_in" / "torchvision" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder / "stand_in"


def picture() -> UInt8Image:
    return np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)


def assert_the_same(ours: list[SegmentedMask], theirs: list[SegmentedMask]) -> None:
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        # Two attention kernels differ in the last bits, so a pixel at the cut may fall otherwise.
        assert (one.mask == other.mask).mean() > 0.999
        assert one.predicted_iou == pytest.approx(other.predicted_iou, abs=1e-4)


@pytest.mark.parametrize("n", range(len(SETTINGS)))
def test_everything_is_the_same_by_both_routes(
    n: int, released: list[list[SegmentedMask]], sam_state: dict[str, torch.Tensor]
) -> None:
    settings = EverythingSettings(**SETTINGS[n])
    ours = TransformersSam(sam_state, version="", settings=settings).everything(picture())
    assert len(ours) >= N_MASKS_AT_LEAST[n]
    assert_the_same(ours, released[n])


def test_prompts_give_the_same_masks_by_both_routes(
    released: list[list[SegmentedMask]], sam_state: dict[str, torch.Tensor]
) -> None:
    model = TransformersSam(sam_state, version="")
    ours = [model.prompted(picture(), Prompt(**one)) for one in PROMPTS]
    assert_the_same(ours, released[-1])
