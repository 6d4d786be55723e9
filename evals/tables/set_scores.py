"""Scores of each method on the six sets, in process, on identical draws of references.

Knows nothing of metrics, decisions or the command line.
"""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from evals.baselines.pixel_difference import PixelDifference
from evals.baselines.plain_resnet18 import mean_of_worst, plain_features
from evals.datasets import ImageSet, Split
from evals.datasets.pictures import load_rgb
from evals.metrics import DrawScores
from tools.arrays import UInt8Image
from tools.ports import Expert

if TYPE_CHECKING:
    from torch import Tensor

    from tools.experts.backbones.contract import Backbone, InputSize
    from tools.experts.backbones.resnet18 import ResNet18

Scores = npt.NDArray[np.float64]
Scorer = Callable[[Sequence[UInt8Image], Sequence[Split]], Scores]
"""All pictures of a set and its splits to (D, N) scores, NaN where a picture is a reference."""

_DIFFERENCE_SIDE_PX = 256


class RememberingBackbone:
    """A backbone that computes the features of a picture once, however many draws it is in."""

    def __init__(self, backbone: "Backbone") -> None:
        """Wrap a backbone; its name, version and sizes stay its own."""
        self.name = backbone.name
        self.version = backbone.version
        self._backbone = backbone
        self._kept: dict[tuple[int, str], tuple[UInt8Image, Tensor]] = {}

    def input_size(self, height_px: int, width_px: int) -> "InputSize":
        """As the wrapped backbone's."""
        return self._backbone.input_size(height_px, width_px)

    def features(self, images_hwc: Sequence[UInt8Image], *, device: str) -> "Tensor":
        """As the wrapped backbone's; pictures are told apart by identity."""
        import torch

        return torch.cat([self._features_of_one(image, device) for image in images_hwc])

    def forget(self) -> None:
        """Drop all features."""
        self._kept.clear()

    def _features_of_one(self, image: UInt8Image, device: str) -> "Tensor":
        key = (id(image), device)
        if key not in self._kept:
            # The picture is kept beside its features: its id stays its own as long as it lives.
            self._kept[key] = (image, self._backbone.features([image], device=device))
        return self._kept[key][1]


def difference_scores(images: Sequence[UInt8Image], splits: Sequence[Split]) -> Scores:
    """Scores of the pixel difference; a picture and its nearest reference are compared once."""
    references = sorted({index for split in splits for index in split.reference_indices})
    baseline = PixelDifference([images[index] for index in references], side_px=_DIFFERENCE_SIDE_PX)
    place = {index: position for position, index in enumerate(references)}

    @functools.cache
    def distances(tested: int) -> Scores:
        return baseline.distances(images[tested])

    @functools.cache
    def raw_score(tested: int, position: int) -> float:
        return baseline.compare(images[tested], position).raw_score

    scores = np.full((len(splits), len(images)), np.nan)
    for row, split in zip(scores, splits, strict=True):
        positions = [place[index] for index in split.reference_indices]
        for tested in split.test_indices:
            nearest = positions[int(np.argmin(distances(tested)[positions]))]
            row[tested] = raw_score(tested, nearest)
    return scores


def expert_scorer(expert: Expert) -> Scorer:
    """Scores of an expert: it learns each draw's references and scores that draw's pictures."""

    def score(images: Sequence[UInt8Image], splits: Sequence[Split]) -> Scores:
        scores = np.full((len(splits), len(images)), np.nan)
        for row, split in zip(scores, splits, strict=True):
            references = [images[index] for index in split.reference_indices]
            memory = expert.learn(references, per_place=False)
            tested = list(split.test_indices)
            found = memory.score([images[index] for index in tested])
            row[tested] = [one.raw_score for one in found]
        return scores

    return score


def plain_resnet18_scorer(network: "ResNet18") -> Scorer:
    """Scores of the plain ResNet-18 memory; each picture meets each reference once."""
    import torch

    from tools.experts.memory_bank import nearest

    def score(images: Sequence[UInt8Image], splits: Sequence[Split]) -> Scores:
        union = sorted({index for split in splits for index in split.reference_indices})
        features = [plain_features(network, image) for image in images]
        scores = np.full((len(splits), len(images)), np.nan)
        for tested, queries in enumerate(features):
            apart = {i: nearest(queries, features[i]).distances[:, 0] for i in union}
            for row, split in zip(scores, splits, strict=True):
                if tested in split.test_indices:
                    known = [apart[index] for index in split.reference_indices]
                    row[tested] = mean_of_worst(torch.stack(known).amin(dim=0))
        return scores

    return score


def kept_scores(
    image_set: ImageSet, splits: Sequence[Split], *, scorer: Scorer, kept_at: Path
) -> DrawScores:
    """Scores from the file of an earlier run, or made now and kept there.

    Args:
        image_set: its pictures are read only where scores have to be made.
        splits: the draws.
        scorer: the method.
        kept_at: names method, set, draws, seed and code, so that it fits these scores alone.
    """
    labels = np.array([sample.gt_label for sample in image_set.samples], dtype=np.int64)
    if kept_at.exists():
        return DrawScores(labels, np.load(kept_at, allow_pickle=False))
    images = [load_rgb(sample.path) for sample in image_set.samples]
    scores = scorer(images, splits)
    kept_at.parent.mkdir(parents=True, exist_ok=True)
    partial = kept_at.with_suffix(".part.npy")
    np.save(partial, scores)
    partial.rename(kept_at)
    return DrawScores(labels, scores)
