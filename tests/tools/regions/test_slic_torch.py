from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import label as connected
from skimage.color import rgb2lab
from skimage.segmentation import slic

from evals.metrics.superpixels import agreement
from tools.arrays import Int64Array
from tools.assets import open_picture
from tools.regions import divide_by_superpixels, resize_bilinear
from tools.regions.slic_torch import lab_of, seed_grid, slic_labels

PICTURES = (
    "gpt4v_generic_ad/Industrial-AD__Case1/abnormal.png",
    "gpt4v_generic_ad/Logical-AD__Case4/normal.png",
    "gpt4v_generic_ad/Medical-AD__Head_CT/044.png",
)


def blobs(seed: int, height_px: int, width_px: int) -> NDArray[np.uint8]:
    """A picture of soft coloured blobs with some noise."""
    from scipy.ndimage import gaussian_filter

    random = np.random.default_rng(seed)
    soft = gaussian_filter(random.normal(size=(height_px, width_px, 3)), (9, 9, 0))
    noisy = soft / np.abs(soft).max() * 110 + 128 + random.normal(size=soft.shape) * 4
    return np.asarray(noisy.clip(0, 255), dtype=np.uint8)


def divided(image_hwc: NDArray[np.uint8], *, device: str = "cpu") -> Int64Array:
    batch = slic_labels(image_hwc[None], n_segments=60, compactness=20, device=device)
    return np.asarray(batch[0])


def test_a_uniform_picture_has_64_superpixels_of_8100_to_9801_px() -> None:
    areas = np.bincount(divided(np.full((768, 768, 3), 120, dtype=np.uint8)).ravel())[1:]
    assert (len(areas), areas.min(), areas.max()) == (64, 8_100, 9_801)


def test_seeds_lie_on_the_grid_of_the_reference() -> None:
    seeds = seed_grid(768, 768, n_segments=60)
    assert (seeds.step_px, seeds.window_y_px, seeds.window_x_px) == (99, 192, 192)
    assert seeds.rows[:9].tolist() == [49] * 8 + [148]
    assert seeds.columns[:9].tolist() == [49, 148, 247, 346, 445, 544, 643, 742, 49]


def test_the_colours_are_those_of_scikit_image() -> None:
    import torch

    image = blobs(0, 40, 50)
    scaled = image / 255.0
    scaled = (scaled - scaled.min()) / (scaled.max() - scaled.min())
    found = lab_of(torch.from_numpy(image[None]))[0].numpy()
    assert found == pytest.approx(rgb2lab(scaled), abs=2e-3)


def test_superpixels_of_drawn_pictures_are_those_of_scikit_image() -> None:
    for seed, height_px, width_px in ((1, 240, 320), (2, 200, 200), (3, 97, 301)):
        image = blobs(seed, height_px, width_px)
        found = agreement(divided(image), slic(image, n_segments=60, compactness=20))
        assert found.boundary_recall > 0.99
        assert found.undersegmentation_error < 0.02
        assert found.n_regions == pytest.approx(found.n_reference_regions, rel=0.1)


def test_superpixels_of_real_pictures_are_those_of_scikit_image(shared_data: Path) -> None:
    for name in PICTURES:
        picture = open_picture(shared_data / name)
        image = resize_bilinear(picture.read(picture.window_xyxy), width_px=384, height_px=384)
        found = agreement(divided(image), slic(image, n_segments=60, compactness=20))
        assert found.boundary_recall > 0.99
        assert found.undersegmentation_error < 0.02
        assert found.n_regions == pytest.approx(found.n_reference_regions, rel=0.1)


def test_every_superpixel_is_one_connected_piece_of_half_the_mean_size() -> None:
    labels = divided(blobs(4, 240, 320))
    least = int(0.5 * 240 * 320 / len(seed_grid(240, 320, n_segments=60).rows))

    assert sorted(np.unique(labels)) == list(range(1, labels.max() + 1))
    assert [connected(labels == one)[1] for one in range(1, labels.max() + 1)] == [1] * labels.max()
    assert np.bincount(labels.ravel())[1:].min() >= least


def test_a_batch_gives_what_each_picture_gives_alone() -> None:
    images = np.stack([blobs(seed, 160, 200) for seed in range(3)])
    batch = slic_labels(images, n_segments=60, compactness=20)
    for image, labels in zip(images, batch, strict=True):
        assert (divided(image) == labels).mean() > 0.999


def test_a_picture_of_one_pixel_is_one_superpixel() -> None:
    assert divided(np.zeros((1, 1, 3), dtype=np.uint8)).tolist() == [[1]]


@pytest.mark.parametrize(
    ("shape", "n_segments", "compactness"),
    [
        ((1, 8, 8), 60, 20.0),
        ((0, 8, 8, 3), 60, 20.0),
        ((1, 8, 8, 3), 0, 20.0),
        ((1, 8, 8, 3), 9, 0.0),
    ],
)
def test_what_cannot_be_divided_is_refused(
    shape: tuple[int, ...], n_segments: int, compactness: float
) -> None:
    images = np.zeros(shape, dtype=np.uint8)
    with pytest.raises(ValueError, match="must be"):
        slic_labels(images, n_segments=n_segments, compactness=compactness)


@pytest.mark.gpu
def test_cpu_and_gpu_divide_alike() -> None:
    image = blobs(5, 768, 768)
    found = agreement(divided(image, device="cuda"), divided(image))
    assert found.boundary_recall > 0.99
    assert found.undersegmentation_error < 0.02
    assert len(divide_by_superpixels(image, device="cuda")) == pytest.approx(
        len(divide_by_superpixels(image)), rel=0.1
    )
