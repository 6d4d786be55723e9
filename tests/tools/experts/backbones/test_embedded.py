"""The hand-made descriptor: shape, determinism, and what light does to it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tools.experts.backbones.embedded import EmbeddedPatches


def texture(height_px: int = 96, width_px: int = 128) -> np.ndarray:
    rng = np.random.default_rng(0)
    grey = rng.integers(60, 120, (height_px // 4, width_px // 4), dtype=np.uint8)
    return np.repeat(np.kron(grey, np.ones((4, 4), np.uint8))[..., None], 3, axis=2)


def test_a_cell_is_eight_pixels_of_the_resized_picture() -> None:
    backbone = EmbeddedPatches(side_px=256)
    size = backbone.input_size(300, 300)
    assert size == (256, 256)
    features = backbone.features([texture(300, 300)], device="cpu")
    assert features.shape[:3] == (1, 32, 32)
    assert features.dtype == torch.float32


def test_the_same_picture_gives_the_same_numbers_alone_and_in_a_batch() -> None:
    backbone = EmbeddedPatches()
    alone = backbone.features([texture()], device="cpu")
    both = backbone.features([texture()[::-1].copy(), texture()], device="cpu")
    assert torch.allclose(alone[0], both[1], atol=1e-5)


def test_pictures_of_several_input_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="share one input size"):
        EmbeddedPatches().features([texture(), texture(128, 96)], device="cpu")


def test_brightness_changes_less_than_a_scratch() -> None:
    backbone = EmbeddedPatches()
    scratched = texture()
    scratched[40:44, 30:90] = 250
    brighter = (texture() * 1.1).astype(np.uint8)
    base, light, damage = (
        backbone.features([image], device="cpu")[0] for image in (texture(), brighter, scratched)
    )
    assert (light - base).norm(dim=-1).max() < (damage - base).norm(dim=-1).max()
