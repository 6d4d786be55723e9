from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from knowledge.chroma import Database, open_database
from knowledge.encoded_rows import EncodedRows
from knowledge.store import open_store
from tools.arrays import Float32Array, UInt8Image


class MeanColour:
    """Sees nothing but the mean colour, and counts how often it looks."""

    def __init__(self, version: str = "colour/1") -> None:
        self.version = version.replace("/", "-")
        self.n_looks = 0

    def embed(self, image_hwc: UInt8Image) -> Float32Array:
        self.n_looks += 1
        mean = image_hwc.reshape(-1, 3).mean(axis=0) + 1
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def coloured(*rgb: int) -> UInt8Image:
    return np.full((8, 8, 3), rgb, dtype=np.uint8)


PICTURES = {
    "red": partial(coloured, 250, 0, 0),
    "green": partial(coloured, 0, 250, 0),
    "blue": partial(coloured, 0, 0, 250),
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path)
    yield opened
    opened.close()


def test_the_reference_of_the_nearest_colour_comes_first(database: Database) -> None:
    rows = EncodedRows(database, MeanColour())

    found = rows.nearest(coloured(40, 200, 90), "part", PICTURES, k=3)

    assert found == ["green", "blue", "red"]


def test_a_reference_is_looked_at_once(database: Database) -> None:
    encoder = MeanColour()
    rows = EncodedRows(database, encoder)

    for _ in range(3):
        rows.nearest(coloured(1, 2, 3), "part", PICTURES, k=1)

    # Three references, and the picture each time.
    assert encoder.n_looks == 3 + 3


def test_each_encoder_has_vectors_of_its_own(database: Database) -> None:
    for version in ("colour/1", "colour/2"):
        EncodedRows(database, MeanColour(version)).nearest(coloured(1, 2, 3), "p", PICTURES, k=1)

    counted = [len(rows.ids({"product": "p"})) for rows in database.all_encoded()]
    assert counted == [3, 3]


def test_a_turned_picture_finds_its_reference_by_look_where_layout_does_not(
    tmp_path: Path, folder: Path
) -> None:
    rng = np.random.default_rng(3)
    for old in (folder / "references").iterdir():
        old.unlink()
    for number in range(12):
        coarse = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((180, 180), Image.Resampling.BICUBIC)
        picture.save(folder / "references" / f"place{number:02}.png")
    with Image.open(folder / "references" / "place05.png") as wanted:
        turned = np.rot90(np.asarray(wanted))

    def found(encoder: MeanColour | None) -> list[int]:
        home = tmp_path / ("plain" if encoder is None else "seeing")
        with open_store(home, encoder=encoder) as store:
            store.add(folder)
            near = store.nearest_references(turned, product="bracket", k=4)
            return [one.position for one in near]

    plain, seeing = found(None), found(MeanColour())
    assert 5 not in plain
    assert seeing[:3] == plain[:3]
    assert seeing[3] == 5


def test_what_is_forgotten_leaves_no_vector(tmp_path: Path, folder: Path) -> None:
    with open_store(tmp_path / "home", encoder=MeanColour()) as store:
        store.add(folder)
        store.nearest_references(coloured(1, 2, 3), product="bracket")
        store.remove("bracket")

    database = open_database(tmp_path / "home" / "knowledge" / "chroma")
    (rows,) = database.all_encoded()
    assert rows.ids({"product": "bracket"}) == set()
    database.close()
