"""A labelled data set becomes orders whose labels no model is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.batch.data_sets import data_set_rows
from agent.batch.manifest import orders_of
from agent.batch.records import BatchRow
from agent.cli import run as loupe
from agent.loopback import PixelReader, loopback_endpoint
from agent.result_log import read_rows
from tools.errors import LoupeError, SettingsError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one set of two kinds, a picture of each."""
    rng = np.random.default_rng(0)
    for kind in ("good", "zigzagcrack"):
        folder = tmp_path / "data" / "folder" / kind
        folder.mkdir(parents=True)
        Image.fromarray(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)).save(folder / "1.png")
    return tmp_path / "data"


def test_what_the_set_says_of_an_asset_are_labels_of_its_order(data: Path) -> None:
    good, cracked = orders_of(["dataset:folder"], data=data)

    assert good.asset == str(data / "folder/good/1.png")
    assert good.labels["kind"] == "normal"
    assert (cracked.labels["kind"], cracked.labels["defect"]) == ("anomalous", "zigzagcrack")
    assert (cracked.labels["set"], cracked.product) == ("folder", None)


def test_the_class_is_the_product_unless_the_home_has_another_name(shared_data: Path) -> None:
    assert {one.product for one in orders_of(["dataset:elpv/mono"], data=shared_data)} == {"mono"}

    orders = orders_of(["dataset:elpv"], product="cell", data=shared_data)

    assert {one.product for one in orders} == {"cell"}
    assert {one.labels["class"] for one in orders} == {"mono", "poly"}


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("dataset:", "names no data set"),
        ("dataset:nothing", "unknown data set 'nothing'; known: mvtec_ad"),
        ("dataset:visa/pcb1", "looked for visa"),
        ("dataset:folder/bolts", "no sample of product 'bolts'"),
    ],
)
def test_a_name_that_is_none_or_a_folder_that_is_not_there_is_one_line(
    data: Path, named: str, told: str
) -> None:
    with pytest.raises(LoupeError, match=told) as raised:
        orders_of([named], data=data)
    assert "\n" not in str(raised.value)


def test_without_the_folder_of_data_it_is_told_how_to_give_it() -> None:
    with pytest.raises(SettingsError, match="give --data or LOUPE_SHARED_DATA"):
        data_set_rows("dataset:visa", None)


def test_labels_stand_in_the_results_and_no_model_is_shown_them(data: Path) -> None:
    with loopback_endpoint({"pixels": PixelReader()}) as endpoint:
        given = ["--model", "pixels", "--base-url", endpoint.base_url, "--home", "home"]
        given += ["--data", str(data), "--where", "kind=anomalous", "--out", "run"]
        code = loupe(["batch", "dataset:folder", *given])
        asked = [one.raw for one in endpoint.record.requests]

    (row,) = read_rows(Path("run/results.jsonl"), BatchRow)
    assert (code, row.labels["defect"]) == (0, "zigzagcrack")
    assert asked
    assert not any(b"zigzagcrack" in one for one in asked)
