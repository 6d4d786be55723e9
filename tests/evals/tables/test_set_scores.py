"""Scores over draws, against learning each draw anew."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from evals.baselines.plain_resnet18 import PlainResNet18
from evals.datasets import ImageSet, Sample, Split
from evals.tables.set_scores import (
    RememberingBackbone,
    difference_scores,
    expert_scorer,
    kept_scores,
    plain_resnet18_scorer,
)
from tools.arrays import UInt8Image
from tools.experts.backbones.embedded import EmbeddedPatches
from tools.experts.backbones.resnet18 import load_resnet18
from tools.experts.patch_memory import PatchMemory

Scorer = Callable[[list[UInt8Image], UInt8Image], float]

SPLITS = (
    Split(draw=0, reference_indices=(0, 1), test_indices=(2, 3)),
    Split(draw=1, reference_indices=(1, 2), test_indices=(0, 3)),
)


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


def _pictures() -> list[UInt8Image]:
    return [np.full((4, 4, 3), value, np.uint8) for value in (0, 2, 10, 100)]


def _textures(n: int) -> list[UInt8Image]:
    rng = np.random.default_rng(5)
    return [rng.integers(0, 255, (64, 64, 3), dtype=np.uint8) for _ in range(n)]


def _draw_by_draw(pictures: list[UInt8Image], score: Scorer) -> npt.NDArray[np.float64]:
    scores = np.full((len(SPLITS), len(pictures)), np.nan)
    for row, split in zip(scores, SPLITS, strict=True):
        references = [pictures[index] for index in split.reference_indices]
        for tested in split.test_indices:
            row[tested] = score(references, pictures[tested])
    return scores


def test_an_expert_learns_each_draw_anew_and_scores_the_rest() -> None:
    expert = PatchMemory(EmbeddedPatches(side_px=64))
    pictures = _textures(4)

    def score(references: list[UInt8Image], tested: UInt8Image) -> float:
        return expert.learn(references, per_place=False).score([tested])[0].raw_score

    expected = _draw_by_draw(pictures, score)
    np.testing.assert_allclose(expert_scorer(expert)(pictures, SPLITS), expected, rtol=1e-4)


def test_the_plain_baseline_scores_as_its_class_does_draw_by_draw(shared_data: Path) -> None:
    network = load_resnet18(shared_data / "weights" / "resnet18_to_layer3")
    pictures = _textures(4)

    def score(references: list[UInt8Image], tested: UInt8Image) -> float:
        return PlainResNet18(network, references).score(tested)

    expected = _draw_by_draw(pictures, score)
    found = plain_resnet18_scorer(network)(pictures, SPLITS)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
