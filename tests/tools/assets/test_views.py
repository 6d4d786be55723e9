from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.artifacts import ArtifactFolder
from tools.assets import Picture, next_view_id, render_view
from tools.records import Asset, View


def noise_picture(width_px: int, height_px: int) -> Picture:
    image_hwc = np.random.default_rng(1).integers(0, 256, (height_px, width_px, 3), dtype=np.uint8)
    size = [width_px, height_px]
    return Picture(Asset(path="p.png", sha256="0" * 64, modality="image", size=size), image_hwc)


@pytest.fixture
def artifacts(tmp_path: Path) -> ArtifactFolder:
    return ArtifactFolder(tmp_path / "artifacts")


def test_a_magnified_window_holds_the_pixels_of_the_source_exactly(
    artifacts: ArtifactFolder,
) -> None:
    picture = noise_picture(40, 40)

    view = render_view(
        picture, [10, 20, 18, 28], view_id="V2", artifacts=artifacts, min_side_px=100
    )

    assert view.factor_xy == [13.0, 13.0]
    assert view.size == [104, 104]
    np.testing.assert_array_equal(
        artifacts.get(view.artifact)[6::13, 6::13], picture.read([10, 20, 18, 28])
    )


@pytest.mark.parametrize(
    ("window", "size", "factor"),
    [
        ([0, 0, 8, 8], [248, 248], [31.0, 31.0]),  # the greatest factor
        ([0, 0, 300, 200], [900, 600], [3.0, 3.0]),
        ([0, 0, 400, 400], [800, 800], [2.0, 2.0]),  # three times would exceed the limit
        ([0, 0, 600, 10], [600, 10], [1.0, 1.0]),
        ([0, 0, 2048, 1000], [1024, 500], [0.5, 0.5]),
        ([0, 0, 3000, 1], [1024, 1], [1024 / 3000, 1.0]),
    ],
)
def test_a_view_has_a_useful_size_and_knows_its_exact_factor(
    artifacts: ArtifactFolder, window: list[float], size: list[int], factor: list[float]
) -> None:
    view = render_view(
        noise_picture(3000, 1200), window, view_id="V1", artifacts=artifacts, min_side_px=512
    )

    assert (view.size, view.factor_xy) == (size, factor)
    assert artifacts.get(view.artifact).shape == (size[1], size[0], 3)


def test_nothing_is_magnified_unless_asked_for(artifacts: ArtifactFolder) -> None:
    picture = noise_picture(30, 20)

    view = render_view(picture, [0, 0, 30, 20], view_id="V1", artifacts=artifacts)

    np.testing.assert_array_equal(artifacts.get(view.artifact), picture.read([0, 0, 30, 20]))


def test_a_fine_pattern_is_averaged_when_reduced_not_sampled(artifacts: ArtifactFolder) -> None:
    stripes = np.zeros((400, 400, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    asset = Asset(path="p.png", sha256="0" * 64, modality="image", size=[400, 400])

    view = render_view(
        Picture(asset, stripes),
        [0, 0, 400, 400],
        view_id="V1",
        artifacts=artifacts,
        max_side_px=100,
    )

    inner = artifacts.get(view.artifact)[5:-5, 5:-5].astype(int)
    assert np.abs(inner - 127.5).max() < 6


@pytest.mark.parametrize("max_side_px", [97, 333, 1024])
def test_a_box_goes_to_the_view_and_back_within_a_millionth(
    artifacts: ArtifactFolder, max_side_px: int
) -> None:
    view = render_view(
        noise_picture(901, 677),
        [13, 17, 807, 631],
        view_id="V1",
        artifacts=artifacts,
        max_side_px=max_side_px,
    )

    box = [100.25, 50.5, 333.125, 600.75]

    np.testing.assert_allclose(view.box_to_source(view.box_from_source(box)), box, atol=1e-6)
    np.testing.assert_allclose(
        view.box_from_source(view.window_xyxy), [0, 0, *view.size], atol=1e-6
    )


def test_the_window_of_a_view_is_rounded_outwards_and_clipped(artifacts: ArtifactFolder) -> None:
    view = render_view(
        noise_picture(50, 40), [-3, 10.5, 20.2, 99], view_id="V1", artifacts=artifacts
    )

    assert view.window_xyxy == [0.0, 10.0, 21.0, 40.0]
    assert view.size == [21, 30]


def test_a_window_beside_the_picture_is_refused(artifacts: ArtifactFolder) -> None:
    with pytest.raises(ValueError, match="must overlap"):
        render_view(noise_picture(50, 40), [60, 0, 70, 10], view_id="V1", artifacts=artifacts)


def test_view_ids_follow_the_greatest(artifacts: ArtifactFolder) -> None:
    view = render_view(noise_picture(9, 9), [0, 0, 9, 9], view_id="V1", artifacts=artifacts)
    views: dict[str, View] = {"V1": view, "V9": view, "V10": view}

    assert next_view_id({}) == "V1"
    assert next_view_id(views) == "V11"
