"""The perturbations of the one-shot paper, pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evals.runner.pictures import perturb_box, perturb_mask, perturb_picture, perturbed_file
from evals.suites.records import Perturbation
from tools.errors import AssetError


def _corner() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """20 x 30, black but for a red pixel at the right of the top row."""
    image = np.zeros((20, 30, 3), dtype=np.uint8)
    image[0, 29] = (255, 0, 0)
    return image


def test_a_quarter_turn_is_counter_clockwise() -> None:
    turned = perturb_picture(_corner(), "rotate_90")
    assert turned.shape == (30, 20, 3)
    assert turned[0, 0].tolist() == [255, 0, 0]


def test_the_border_is_white_and_20_px_wide() -> None:
    bordered = perturb_picture(_corner(), "border_20")
    assert bordered.shape == (60, 70, 3)
    assert bordered[19, 35].tolist() == [255] * 3
    assert (bordered[20:40, 20:50] == _corner()).all()


def test_the_stamp_is_at_the_top_right_white_with_black_edges() -> None:
    grey = np.full((700, 900, 3), 128, dtype=np.uint8)
    changed = np.argwhere((perturb_picture(grey, "time_stamp") != grey).any(axis=2))
    top, left = changed.min(axis=0)
    bottom, right = changed.max(axis=0)
    assert (top < 25, bottom < 60, left > 600, 870 < right < 900) == (True,) * 4
    stamped = perturb_picture(grey, "time_stamp")
    assert {(255, 255, 255), (0, 0, 0)} <= set(map(tuple, stamped.reshape(-1, 3).tolist()))


def test_on_a_small_picture_the_stamp_takes_a_quarter_of_the_width_at_most() -> None:
    grey = np.full((200, 200, 3), 128, dtype=np.uint8)
    changed = np.argwhere((perturb_picture(grey, "time_stamp") != grey).any(axis=2))
    assert changed[:, 1].max() - changed[:, 1].min() <= 54


@pytest.mark.parametrize("perturbation", ["none", "rotate_90", "border_20", "mirror", "time_stamp"])
def test_a_mask_goes_with_its_picture(perturbation: Perturbation) -> None:
    mask = _corner()[..., 0] > 0
    as_picture = np.repeat(mask[..., None], 3, axis=2).astype(np.uint8) * 255
    moved = perturb_picture(as_picture, perturbation)
    # The border itself is white, and a stamp is no part of the truth.
    inside = moved[20:-20, 20:-20] if perturbation == "border_20" else moved
    truth = perturb_mask(mask, perturbation)
    truth = truth[20:-20, 20:-20] if perturbation == "border_20" else truth
    if perturbation != "time_stamp":
        assert (truth == (inside[..., 0] > 0)).all()
    assert truth.sum() == 1


def test_a_changed_picture_is_made_once_and_an_unchanged_one_is_the_file_itself(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(_corner()).save(path)
    assert perturbed_file(path, "none", folder=tmp_path / "w") == path
    turned = perturbed_file(path, "rotate_90", folder=tmp_path / "w")
    with Image.open(turned) as picture:
        assert picture.size == (20, 30)
    before = turned.stat().st_mtime_ns
    assert perturbed_file(path, "rotate_90", folder=tmp_path / "w").stat().st_mtime_ns == before
    with pytest.raises(AssetError):
        perturbed_file(tmp_path / "gone.png", "rotate_90", folder=tmp_path / "w")


@pytest.mark.parametrize("change", ["none", "rotate_90", "border_20", "time_stamp", "mirror"])
def test_a_box_follows_its_picture(change: Perturbation) -> None:
    mask = np.zeros((20, 30), dtype=np.bool_)
    mask[3:8, 5:17] = True

    x1, y1, x2, y2 = perturb_box([5, 3, 17, 8], change, width_px=30)

    changed = perturb_mask(mask, change)
    assert changed[int(y1) : int(y2), int(x1) : int(x2)].all()
    assert changed.sum() == (x2 - x1) * (y2 - y1) == 60
