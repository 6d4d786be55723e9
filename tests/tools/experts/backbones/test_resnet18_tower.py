from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tools.experts.backbones.resnet18 import ResNet18
from tools.experts.backbones.resnet18_tower import ResNet18Tower, load_resnet18_tower


@pytest.fixture(scope="module")
def network(shared_data: Path) -> ResNet18:
    from tools.experts.backbones.resnet18 import load_resnet18

    return load_resnet18(shared_data / "weights" / "resnet18_to_layer3")


def test_levels_are_blocks_on_one_grid_and_the_last_one_is_final(network: ResNet18) -> None:
    tower = ResNet18Tower(network, side_px=64)
    crops = [np.full((64, 64, 3), value, np.uint8) for value in (0, 90, 255)]

    seen = tower.features(crops)

    assert [tuple(tap.shape) for tap in seen.taps] == [(3, 16, width) for width in tower.tap_widths]
    assert seen.final_bnd is seen.taps[-1]
    assert tower.grid_side == 4
    for tap, width in zip(seen.taps, tower.tap_widths, strict=True):
        assert torch.allclose(tap.norm(dim=-1), torch.tensor(width**0.5), atol=1e-3)


def test_blocks_end_in_the_layers(network: ResNet18) -> None:
    batch = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))

    blocks, layers = network.blocks(batch), network.layers(batch)

    assert list(blocks) == [f"layer{n}.{i}" for n in (1, 2, 3) for i in (0, 1)]
    assert all(torch.equal(blocks[f"layer{n}.1"], layers[n - 1]) for n in (1, 2, 3))


def test_the_loaded_tower_looks_at_256_pixels(shared_data: Path) -> None:
    tower = load_resnet18_tower(shared_data / "weights" / "resnet18_to_layer3")

    assert (tower.side_px, tower.grid_side, tower.hidden) == (256, 16, 256)


def test_a_side_that_is_no_multiple_of_the_stride_is_refused(network: ResNet18) -> None:
    with pytest.raises(ValueError, match="must be a multiple of 16, got 100"):
        ResNet18Tower(network, side_px=100)
