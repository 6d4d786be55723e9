"""The plain ResNet-18 memory on the shared weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from evals.baselines.plain_resnet18 import PlainResNet18, plain_score
from tools.experts.backbones.resnet18 import ResNet18, load_resnet18


@pytest.fixture(scope="module")
def network(shared_data: Path) -> ResNet18:
    return load_resnet18(shared_data / "weights" / "resnet18_to_layer3")


def test_the_score_is_the_mean_of_the_ten_largest_distances() -> None:
    features_nd = torch.arange(20.0)[:, None]
    assert plain_score(features_nd, torch.tensor([[0.0]])) == 14.5


def test_a_known_picture_scores_nothing_and_a_blotched_one_more(network: ResNet18) -> None:
    rng = np.random.default_rng(0)
    plain = rng.integers(100, 120, (80, 200, 3), dtype=np.uint8)
    marked = plain.copy()
    marked[30:50, 80:110] = 0
    memory = PlainResNet18(network, [plain])
    assert memory.score(plain) == pytest.approx(0, abs=0.05)
    assert memory.score(marked) > 1


def test_a_memory_needs_a_reference(network: ResNet18) -> None:
    with pytest.raises(ValueError, match="at least one picture"):
        PlainResNet18(network, [])
