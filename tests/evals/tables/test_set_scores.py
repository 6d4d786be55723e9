"""Scores over draws with a scripted expert."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from evals.datasets import ImageSet, Sample, Split
from evals.tables.set_scores import (
    RememberingBackbone,
    difference_scores,
    expert_scorer,
    kept_scores,
)
from tools.arrays import UInt8Image
from tools.ports import ExpertScore

SPLITS = (
    Split(draw=0, reference_indices=(0, 1), test_indices=(2, 3)),
    Split(draw=1, reference_indices=(1, 2), test_indices=(0, 3)),
)


class BrightnessMemory:
    """Scores how far a picture's mean is from the references' mean."""

    def __init__(self, level: float) -> None:
        self._level = level

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        return [
            ExpertScore(abs(float(image.mean()) - self._level), np.zeros((4, 4), np.float32))
            for image in images_hwc
        ]


class BrightnessExpert:
    """Learns the mean of the references."""

    name = "brightness"
    version = "1"

    def learn(self, references_hwc: Sequence[UInt8Image], *, per_place: bool) -> BrightnessMemory:
        return BrightnessMemory(float(np.mean([image.mean() for image in references_hwc])))


def _pictures() -> list[UInt8Image]:
    return [np.full((4, 4, 3), value, np.uint8) for value in (0, 2, 10, 100)]


def test_each_draw_learns_its_references_and_scores_the_rest() -> None:
    scores = expert_scorer(BrightnessExpert())(_pictures(), SPLITS)
    np.testing.assert_array_equal(scores, [[np.nan, np.nan, 9, 99], [6, np.nan, np.nan, 94]])


def test_the_pixel_difference_leaves_references_out_of_the_test() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (64, 64, 3), dtype=np.uint8) for _ in range(3)]
    scores = difference_scores([*pictures, pictures[1]], SPLITS)
    assert np.isnan(scores).tolist() == [[True, True, False, False], [False, True, True, False]]
    assert scores[0, 3] < scores[0, 2]


def test_kept_scores_are_read_and_not_made_again(tmp_path: Path) -> None:
    made = []

    def scorer(images: Sequence[UInt8Image], splits: Sequence[Split]) -> np.ndarray:
        made.append(len(images))
        return np.array([[np.nan, 1.0]])

    samples = []
    for number in range(2):
        path = tmp_path / f"{number}.png"
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(path)
        samples.append(Sample(path=path, gt_label=number))
    toy = ImageSet(name="toy", samples=tuple(samples))
    for _ in range(2):
        draws = kept_scores(toy, SPLITS[:1], scorer=scorer, kept_at=tmp_path / "kept" / "a.npy")
    assert made == [2]
    assert draws.gt_labels.tolist() == [0, 1]
    np.testing.assert_array_equal(draws.scores_dn, [[np.nan, 1.0]])


def test_features_are_computed_once_a_picture() -> None:
    import torch

    class CountingBackbone:
        name = "counting"
        version = "1"
        calls = 0

        def input_size(self, height_px: int, width_px: int) -> object:
            return None

        def features(self, images_hwc: Sequence[UInt8Image], *, device: str) -> torch.Tensor:
            self.calls += 1
            return torch.full((len(images_hwc), 1, 1, 1), float(images_hwc[0][0, 0, 0]))

    counting = CountingBackbone()
    remembering = RememberingBackbone(counting)  # type: ignore[arg-type]
    pictures = _pictures()
    first = remembering.features(pictures[:2], device="cpu")
    again = remembering.features([pictures[1], pictures[0]], device="cpu")
    assert counting.calls == 2
    assert first.flatten().tolist() == [0.0, 2.0]
    assert again.flatten().tolist() == [2.0, 0.0]
    remembering.forget()
    remembering.features(pictures[:1], device="cpu")
    assert counting.calls == 3
