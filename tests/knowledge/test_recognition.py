from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from knowledge.look import BLOCKS, blocks_of, look_descriptor
from knowledge.pictures import decode_picture
from knowledge.recognition import learn_look, look_distance
from knowledge.store import KnowledgeStore
from tools.arrays import UInt8Image

Picture = Callable[[int], UInt8Image]


def test_every_histogram_of_a_look_has_unit_norm(bracket_picture: Picture) -> None:
    blocks = blocks_of(look_descriptor(bracket_picture(0))[None])
    assert [block.shape[1] for block in blocks] == list(BLOCKS.values())
    norms = [float(np.linalg.norm(block)) for block in blocks[:-1]]
    assert norms == pytest.approx([1.0] * len(norms), abs=1e-5)
    assert blocks[-1].tolist() == [[pytest.approx(np.log2(128 / 96))]]


def test_a_reference_is_at_no_distance_from_its_product(bracket_picture: Picture) -> None:
    looks = np.stack([look_descriptor(bracket_picture(seed)) for seed in range(4)])
    model = learn_look(looks)
    assert look_distance(looks[2], model) == pytest.approx(0.0, abs=1e-3)
    assert look_distance(look_descriptor(bracket_picture(9)), model) <= model.limit


def test_a_picture_of_one_colour_and_of_one_pixel_has_a_look() -> None:
    for shape in ((40, 50, 3), (1, 1, 3)):
        look = look_descriptor(np.full(shape, 90, dtype=np.uint8))
        assert look.shape == (sum(BLOCKS.values()),)
        assert np.isfinite(look).all()


def test_a_picture_like_no_reference_is_of_no_product(
    store: KnowledgeStore, folder: Path, bracket_picture: Picture, checkerboard_picture: Picture
) -> None:
    assert store.recall_product(bracket_picture(5)) is None
    store.add(folder)
    match = store.recall_product(bracket_picture(5))
    assert match is not None
    assert match.product == "bracket"
    assert match.threshold <= match.similarity <= 1
    assert store.recall_product(checkerboard_picture(5)) is None
    assert store.recall_product(np.full((96, 128, 3), 128, dtype=np.uint8)) is None


def test_the_nearest_reference_is_the_one_of_the_same_place(
    store: KnowledgeStore, folder: Path
) -> None:
    rng = np.random.default_rng(3)
    places = []
    for number in range(6):
        coarse = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((180, 180), Image.Resampling.BICUBIC)
        image.save(folder / "references" / f"place{number}.png")
        places.append(np.asarray(image))
    for seed in range(4):
        (folder / "references" / f"b{seed}.png").unlink()
    store.add(folder)
    for number, place in enumerate(places):
        shifted = np.roll(place, (3, -2), axis=(0, 1))
        noisy = np.clip(shifted * 0.9 + rng.normal(0, 5, place.shape), 0, 255).astype(np.uint8)
        nearest = store.nearest_references(noisy, product="bracket", k=2)
        assert len(nearest) == 2
        assert nearest[0].position == number
        assert np.array_equal(nearest[0].image_hwc, places[number])
        assert Path(nearest[0].path).is_file()


def test_a_picture_of_one_colour_finds_some_reference(store: KnowledgeStore, folder: Path) -> None:
    store.add(folder)
    flat = np.full((96, 128, 3), 128, dtype=np.uint8)
    assert len(store.nearest_references(flat, product="bracket", k=9)) == 4


@pytest.mark.parametrize("name", ["casting", "kolektorsdd"])
def test_defective_parts_are_recalled_and_a_strange_part_is_not(
    store: KnowledgeStore, folder: Path, shared_data: Path, name: str
) -> None:
    import csv

    with (shared_data / name / "labels.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    normal = [shared_data / name / row["file"] for row in rows if row["label"] == "normal"]
    defective = [shared_data / name / row["file"] for row in rows if row["label"] == "defect"]
    for path in (folder / "references").iterdir():
        path.unlink()
    for path in normal[:8]:
        (folder / "references" / path.name).write_bytes(path.read_bytes())
    store.add(folder)
    matches = [store.recall_product(decode_picture(path)) for path in defective[:10]]
    assert sum(match is not None for match in matches) >= 8
    stranger = shared_data / "mvtec_bottle" / "images" / "test_good_000.png"
    assert store.recall_product(decode_picture(stranger)) is None


def test_products_are_ranked_by_look_though_none_is_near(
    store: KnowledgeStore, folder: Path, bracket_picture: Picture, checkerboard_picture: Picture
) -> None:
    assert store.rank_products(bracket_picture(5)) == []
    name = store.add(folder).product

    (near,) = store.rank_products(bracket_picture(5))
    (far,) = store.rank_products(checkerboard_picture(5))

    assert (near.product, far.product) == (name, name)
    assert near.similarity >= near.threshold
    assert far.similarity < far.threshold
