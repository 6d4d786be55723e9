from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.assets.opening import modality_of, open_asset
from tools.assets.overview import contact_sheet, overview
from tools.assets.several import own_part, paint_part, read_parts
from tools.errors import AssetError, ToolError
from tools.locate import located
from tools.records import ImageExtent, Region, View


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A unit photographed from the front, 20 x 10 px black, and the back, 8 x 8 px white."""
    Image.new("RGB", (20, 10)).save(tmp_path / "a.png")
    Image.new("RGB", (8, 8), (255, 255, 255)).save(tmp_path / "b.png")
    path = tmp_path / "unit.asset.yaml"
    path.write_text("parts:\n  front: a.png\n  back: b.png\n")
    return path


def test_a_unit_of_two_photographs_shows_a_picture_of_each(unit: Path) -> None:
    asset = open_asset(unit)

    assert modality_of(unit) == "several"
    assert asset.asset.modality == "several"
    assert [(p.name, p.modality, p.size) for p in asset.asset.parts] == [
        ("front", "image", [20, 10]),
        ("back", "image", [8, 8]),
    ]
    assert list(asset.names) == ["front:", "back:"]
    assert asset.picture("back:").size == [8, 8]
    assert asset.picture("back:").read([0, 0, 8, 8]).min() == 255


def test_a_place_on_a_part_names_the_part_and_is_in_no_picture_of_another(unit: Path) -> None:
    asset = open_asset(unit)

    extent = asset.picture("front:").extent([1, 2, 3, 4])

    assert extent == ImageExtent(box_xyxy=[1, 2, 3, 4], part="front")
    assert asset.picture("front:").box_of(extent) == [1, 2, 3, 4]
    assert asset.picture("back:").box_of(extent) is None


def test_the_digest_of_a_unit_changes_with_any_part(unit: Path) -> None:
    before = open_asset(unit).asset.sha256
    Image.new("RGB", (8, 8), (1, 2, 3)).save(unit.parent / "b.png")

    assert open_asset(unit).asset.sha256 != before


def test_scores_of_a_part_are_nought_in_pictures_of_another(unit: Path) -> None:
    asset = open_asset(unit)
    part, own = own_part(asset, "patch_memory@front")
    scores = np.full((10, 20), 2.0, dtype=np.float32)

    assert (part, own.asset.size) == ("front", [20, 10])
    assert paint_part(asset.picture("front:"), part, scores).min() == 2.0
    assert paint_part(asset.picture("back:"), part, scores).max() == 0.0


def test_a_region_in_a_view_of_a_part_is_told_on_that_part(unit: Path) -> None:
    asset = open_asset(unit)
    view = View(
        id="V2",
        asset_sha256=asset.asset.sha256,
        artifact="0" * 64,
        picture="back:",
        size=[8, 8],
        window_xyxy=[0, 0, 8, 8],
        factor_xy=[1, 1],
    )
    region = Region(
        id=1, view="V2", box_xyxy=[1, 1, 3, 3], source=ImageExtent(box_xyxy=[1, 1, 3, 3])
    )

    (found,) = located([region], views={"V2": view}, asset=asset)

    assert found.source == ImageExtent(box_xyxy=[1, 1, 3, 3], part="back")


def test_a_unit_of_images_has_nothing_to_measure_as_a_whole(unit: Path) -> None:
    with pytest.raises(ToolError, match="'width' is not measured on a whole image"):
        open_asset(unit).measure("front/width")
    with pytest.raises(ToolError, match="the quantities are: none"):
        open_asset(unit).measure("width")


BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)
)
"""Written out it has 9 to the 39th letters."""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("parts: [a.png]", "must hold `parts:`"),
        ("", "must hold `parts:`"),
        (BOMB, "holds dict"),
        ("parts: {front: ../a.png}", "must lie beside or below it"),
        ("parts: {front: nowhere.png}", "which is no file"),
        ("parts: {'fr ont': a.png}", "a part's name has letters"),
        ("parts: {front: 7}", "must name a file, got 7"),
        ("parts: {front: unit.asset.yaml}", "is itself an asset of several files"),
        ("parts: {a: b: c}", "cannot be read as yaml"),
        ("\x01", "cannot be read as yaml"),
        ("parts: {a: 2001-99-99}", "cannot be read as yaml"),
        ("parts: !!timestamp 2", "cannot be read as yaml"),
        ("parts: !!bool x", "cannot be read as yaml"),
        ("[" * 3000, "cannot be read as yaml"),
        ('parts: {a: "b\\0c"}', "which is no path"),
        ('parts: {a: "\\ud800"}', "which is no path"),
        (f"parts: {{a: {'x' * 300}.png}}", "which is no file"),
        ("parts: {" + ", ".join(f"p{n}: a.png" for n in range(17)) + "}", "1 to 16 lines"),
    ],
)
def test_a_file_that_names_no_parts_is_refused_in_one_line(
    unit: Path, content: str, says: str
) -> None:
    unit.write_text(content)

    with pytest.raises(AssetError, match=says) as refused:
        read_parts(unit)
    assert "\n" not in str(refused.value)


def test_a_part_that_cannot_be_read_is_named(unit: Path) -> None:
    (unit.parent / "b.png").write_bytes(b"no picture")

    with pytest.raises(AssetError, match=r"part back: .*must hold png"):
        open_asset(unit)


def test_the_overview_of_one_picture_is_the_picture(unit: Path) -> None:
    assert overview(open_asset(unit.parent / "a.png")).shape == (10, 20, 3)


def test_five_pictures_make_a_sheet_of_three_columns_and_two_rows() -> None:
    red = np.zeros((100, 100, 3), dtype=np.uint8)
    red[..., 0] = 255

    sheet = contact_sheet([red] * 5, [f"V{n}" for n in range(1, 6)])

    is_red = (sheet == (255, 0, 0)).all(axis=2)
    assert max(sheet.shape[:2]) <= 1024
    assert int(is_red.sum()) == 5 * 100 * 100
