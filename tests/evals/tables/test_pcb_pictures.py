"""Perturbed pairs as files, with their boxes."""

from pathlib import Path

import numpy as np
from PIL import Image

from evals.datasets import TemplatePair, TrueBox
from evals.datasets.pictures import load_rgb
from evals.tables.pcb_pictures import write_pictures


def _pair(folder: Path, name: str) -> TemplatePair:
    board = np.zeros((120, 120, 3), np.uint8)
    board[20:100, 50:60] = 200
    defective = board.copy()
    defective[60:70, 70:80] = 200
    Image.fromarray(board).save(folder / f"{name}-template.png")
    Image.fromarray(defective).save(folder / f"{name}-test.png")
    return TemplatePair(
        id=name,
        test_path=folder / f"{name}-test.png",
        template_path=folder / f"{name}-template.png",
        boxes=(TrueBox(box_xyxy=(70, 60, 80, 70), defect="copper"),),
    )


def test_both_pictures_of_a_pair_differ_only_at_the_carried_box(tmp_path: Path) -> None:
    anomalous, normal = write_pictures([_pair(tmp_path, "a")], tmp_path / "out", seed=3)
    assert (anomalous.gt_label, normal.gt_label) == (1, 0)
    assert (anomalous.defects, normal.boxes_xyxy) == (("copper",), ())
    images = [load_rgb(p.path).astype(int) for p in (anomalous, normal)]
    rows, columns = np.nonzero(np.abs(images[0] - images[1]).max(axis=2) > 40)
    x1, y1, x2, y2 = anomalous.boxes_xyxy[0]
    assert abs(columns.min() - x1) <= 1.5
    assert abs(rows.min() - y1) <= 1.5
    assert abs(columns.max() + 1 - x2) <= 1.5
    assert abs(rows.max() + 1 - y2) <= 1.5


def test_places_follow_the_pairs_and_the_seed_decides_the_pixels(tmp_path: Path) -> None:
    pairs = [_pair(tmp_path, "a"), _pair(tmp_path, "b")]
    pictures = write_pictures(pairs, tmp_path / "one", seed=1)
    assert [(p.pair_id, p.place) for p in pictures] == [("a", 0), ("a", 0), ("b", 1), ("b", 1)]
    again = write_pictures(pairs, tmp_path / "two", seed=1)
    other = write_pictures(pairs, tmp_path / "three", seed=2)
    assert pictures[0].path.read_bytes() == again[0].path.read_bytes()
    assert pictures[0].path.read_bytes() != other[0].path.read_bytes()
    assert pictures[0].path.read_bytes() != pictures[2].path.read_bytes()
