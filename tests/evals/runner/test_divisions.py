"""An oracle's answer about regions, and answers as maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evals.runner.divisions import divide_file, marked_picture, oracle_answer, painted
from tools.errors import AssetError, SettingsError
from tools.text_to_segmentation import parse_answer


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "grey.png"
    Image.new("RGB", (40, 20), (90, 90, 90)).save(path)
    return path


def _half_of_the_first_cell() -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Cells are 48 x 48: the first is half anomalous, the second by one pixel."""
    truth = np.zeros((768, 768), dtype=np.bool_)
    truth[:48, :24] = True
    truth[0, 48] = True
    return truth


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("share", "image anomaly score: 1.0000; region 1: 0.5000; region 2: 0.0004."),
        ("touch", "image anomaly score: 1.0000; region 1: 1.0000; region 2: 1.0000."),
        ("half", "image anomaly score: 1.0000."),
    ],
)
def test_the_oracle_says_what_the_masks_say(picture: Path, rule: str, said: str) -> None:
    divided = divide_file(picture, "grid", None)
    assert oracle_answer(divided, _half_of_the_first_cell(), rule) == said  # type: ignore[arg-type]


def test_of_a_normal_picture_it_says_nought(picture: Path) -> None:
    divided = divide_file(picture, "grid", None)
    nothing = np.zeros((768, 768), dtype=np.bool_)
    assert oracle_answer(divided, nothing, "share") == "image anomaly score: 0.0000."


def test_an_answer_is_painted_over_its_regions(picture: Path) -> None:
    divided = divide_file(picture, "grid", None)
    text = oracle_answer(divided, _half_of_the_first_cell(), "share")
    anomaly_map = painted(divided, parse_answer(text, range(1, 257)).region_scores)
    assert anomaly_map[0, 0] == pytest.approx(0.5)
    assert anomaly_map[47, 95] == pytest.approx(0.0004)
    assert (anomaly_map > 0).sum() == 2 * 48 * 48


def test_marks_are_drawn_on_the_picture_itself(picture: Path) -> None:
    marked = marked_picture(divide_file(picture, "grid", None))
    assert marked.shape == (768, 768, 3)
    # White edges on grey.
    assert (marked[0, 0].tolist(), marked[5, 5].tolist()) == ([255] * 3, [90] * 3)


def test_what_cannot_be_divided_is_told(picture: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SAM needs its weights"):
        divide_file(picture, "sam", None)
    with pytest.raises(AssetError, match="no such file"):
        divide_file(tmp_path / "gone.png", "grid", None)
