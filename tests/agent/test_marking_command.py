from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from agent.cli import run as run_command_line
from evals.benchmarks.random_sam import TINY, random_sam


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """384 x 192 px of grey."""
    path = tmp_path / "part.jpg"
    Image.fromarray(np.full((192, 384, 3), 90, np.uint8)).save(path)
    return path


def mark(picture: Path, *arguments: str) -> int:
    home = str(picture.parent / "home")
    return run_command_line(["mark", str(picture), "--home", home, *arguments])


def test_a_picture_is_divided_beside_itself_and_boxes_are_in_its_own_pixels(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = mark(picture, "--regions", "grid", "--json")

    told = json.loads(capsys.readouterr().out)
    # Cells of 48 px at 768 x 768 are 24 x 12 px here.
    assert (code, len(told["regions"])) == (0, 256)
    assert told["regions"][17] == {
        "number": 18,
        "box_xyxy": [24.0, 12.0, 48.0, 24.0],
        "share": round(1 / 256, 6),
    }
    assert told["picture"] == str(picture.with_name("part.marked.png"))
    with Image.open(told["picture"]) as marked:
        assert marked.size == (768, 768)


def test_without_sam_the_way_to_it_is_told_and_nothing_is_written(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = mark(picture, "--regions", "sam")

    assert code == 1
    assert "loupe models pull sam-vit-b" in capsys.readouterr().err
    assert [path.name for path in picture.parent.glob("*.png")] == []


def test_sam_that_finds_nothing_of_a_useful_size_says_so(
    picture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = picture.parent / "home" / "models" / "sam-vit-b"
    place.mkdir(parents=True)
    torch.save(random_sam(TINY, quality=-5.0), place / "sam_vit_b_01ec64.pth")
    monkeypatch.setenv("LOUPE_SAM", "sam-vit-b")

    code = mark(picture, "--regions", "sam")

    # It is not sure enough of its random masks for the published thresholds.
    assert code == 1
    assert "method sam found no region of a useful size; use grid" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = picture.parent / "none" / "x.png"

    assert mark(picture, "--regions", "grid", "--out", str(out)) == 1
    assert "none/x.png' cannot be written (No such file or directory)" in capsys.readouterr().err
