"""The sample product: what is committed, and that the generator makes it."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from evals.samples import sample_folder
from evals.samples.defects import DEFECTS
from evals.samples.produce import SamplePart, box_of, render_part


def read(path: Path) -> NDArray[Any]:
    with Image.open(path) as picture:
        return np.asarray(picture)


@pytest.fixture(scope="module")
def parts_folder() -> Path:
    return sample_folder() / "control-board-parts"


@pytest.fixture(scope="module")
def labels(parts_folder: Path) -> list[dict[str, str]]:
    with (parts_folder / "labels.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def missing_screw() -> SamplePart:
    return render_part("missing_screw", 20102)


def test_the_samples_hold_good_parts_and_every_kind_of_defect(labels: list[dict[str, str]]) -> None:
    assert {row["defect"] for row in labels} == {"", *DEFECTS}
    assert sum(row["label"] == "normal" for row in labels) == 4


def test_every_mask_fills_its_box(parts_folder: Path, labels: list[dict[str, str]]) -> None:
    for row in labels:
        if row["label"] == "defect":
            mask = read(parts_folder / row["mask"])
            assert mask.shape == (768, 768)
            assert " ".join(map(str, box_of(mask))) == row["box_xyxy"]


def test_there_are_eight_references_of_768_pixels() -> None:
    photos = sorted((sample_folder() / "control-board" / "references").glob("*.jpg"))
    assert [read(photo).shape for photo in photos] == [(768, 768, 3)] * 8


def test_the_committed_samples_stay_small() -> None:
    files = [path for path in sample_folder().rglob("*") if path.suffix in (".jpg", ".png")]
    sizes = [path.stat().st_size for path in files]
    assert max(sizes) < 1_000_000
    assert sum(sizes) <= 3_500_000


def test_the_committed_picture_is_what_the_generator_makes(
    parts_folder: Path, missing_screw: SamplePart
) -> None:
    committed = read(parts_folder / "part_03.jpg").astype(np.float32)
    # JPEG changes a pixel by a few grey levels; another part or pose would change it by far more.
    assert np.abs(committed - missing_screw.image_hwc).mean() < 6.0


def test_a_missing_screw_leaves_a_mask_of_the_washers_area(missing_screw: SamplePart) -> None:
    assert missing_screw.mask.sum() == pytest.approx(np.pi * 32.0**2, rel=0.02)


def test_an_unknown_defect_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(ValueError, match="defect must be one of normal, scratch"):
        render_part("rust", 1)
