from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter, shift
from skimage import registration

from tools.experts.optical_flow import optical_flow


@pytest.fixture(scope="module")
def texture() -> np.ndarray:
    """(160, 224) of blobs, grey levels from 0 to 1."""
    noise = gaussian_filter(np.random.default_rng(0).random((160, 224)), 2.0)
    return np.asarray((noise - noise.min()) / np.ptp(noise), dtype=np.float32)


def flow_of(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    pair = [
        torch.from_numpy(np.ascontiguousarray(one, dtype=np.float32))[None]
        for one in (before, after)
    ]
    return np.asarray(optical_flow(*pair)[0])


@pytest.mark.parametrize("moved", [(0.0, 0.0), (0.4, -0.7), (3.0, -5.5), (-9.0, 8.0)])
def test_a_shifted_picture_moves_by_the_shift_everywhere(
    texture: np.ndarray, moved: tuple[float, float]
) -> None:
    down, right = moved

    flow = flow_of(texture, shift(texture, (down, right), order=3, mode="nearest"))

    inner = flow[:, 24:-24, 24:-24].reshape(2, -1)
    np.testing.assert_allclose(np.median(inner, axis=1), [right, down], atol=0.1)


def test_only_what_moves_has_a_flow(texture: np.ndarray) -> None:
    after = texture.copy()
    after[60:100, 80:120] = texture[60:100, 77:117]

    flow = flow_of(texture, after)

    np.testing.assert_allclose(np.median(flow[:, 70:90, 92:108], axis=(1, 2)), [3, 0], atol=0.3)
    assert np.abs(flow[:, :40]).max() < 0.1


def test_noise_of_a_level_on_a_blank_picture_does_not_move() -> None:
    rng = np.random.default_rng(0)
    noise = [0.5 + rng.normal(0, 1 / 255, (96, 128)).astype(np.float32) for _ in range(2)]

    assert np.abs(flow_of(*noise)).max() < 0.6
    assert np.abs(flow_of(*noise)).mean() < 0.15


def test_it_agrees_with_scikit_image(texture: np.ndarray) -> None:
    after = shift(texture, (1.5, 2.5), order=3, mode="nearest")

    ours = flow_of(texture, after)[:, 20:-20, 20:-20]
    optical_flow_ilk: Any = registration.optical_flow_ilk
    theirs = optical_flow_ilk(texture, after, radius=5, num_warp=3, dtype=np.float32)

    apart = np.abs(ours - theirs[::-1][:, 20:-20, 20:-20])
    assert np.median(apart) < 0.02


def test_pairs_do_not_see_each_other(texture: np.ndarray) -> None:
    before = torch.from_numpy(np.stack([texture, texture[::-1].copy()]))
    after = torch.roll(before, (0, 2), dims=(1, 2))

    together = optical_flow(before, after)

    alone = torch.cat([optical_flow(before[k : k + 1], after[k : k + 1]) for k in range(2)])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)
