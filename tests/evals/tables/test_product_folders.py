"""Product folders for the shared sets are what a person would add."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evals.datasets import IMAGE_SETS
from evals.tables.named_modes import MODE_OF_LABEL, modes_of_labels
from evals.tables.product_folders import write_product
from knowledge.product_folder import read_product_folder


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "b.png", tmp_path / "a.png"]
    for number, path in enumerate(paths):
        Image.fromarray(np.full((16, 16, 3), 50 * number, np.uint8)).save(path)
    return paths


@pytest.mark.parametrize("name", [*IMAGE_SETS, "deeppcb"])
def test_every_set_makes_a_valid_product_whose_references_keep_their_order(
    name: str, pictures: list[Path], tmp_path: Path
) -> None:
    folder = write_product(tmp_path / "products", name, references=pictures)
    product = read_product_folder(folder).product
    assert product.name == name
    assert [reference.id for reference in product.references] == ["00_b.png", "01_a.png"]


def test_an_older_folder_is_replaced(pictures: list[Path], tmp_path: Path) -> None:
    write_product(tmp_path / "products", "casting", references=pictures)
    folder = write_product(tmp_path / "products", "casting", references=pictures[:1])
    assert [path.name for path in (folder / "references").iterdir()] == ["00_b.png"]


def test_modes_that_are_omitted_are_in_no_fmea(pictures: list[Path], tmp_path: Path) -> None:
    modes = modes_of_labels("deeppcb")
    omitted = [modes["spur"], modes["open"]]
    folder = write_product(tmp_path, "deeppcb", references=pictures, omit_modes=omitted)
    kept = [mode.id for mode in read_product_folder(folder).product.failure_modes]
    assert sorted(kept) == sorted(set(modes.values()) - set(omitted))


@pytest.mark.parametrize("product", list(MODE_OF_LABEL))
def test_every_label_has_a_mode_of_its_own(product: str) -> None:
    modes = modes_of_labels(product)
    assert len(set(modes.values())) == len(modes) == len(MODE_OF_LABEL[product])
