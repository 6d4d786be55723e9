from __future__ import annotations

import numpy as np
import pytest

from tools.block_means import block_means


def test_each_block_becomes_its_mean_and_what_fills_none_is_left_out() -> None:
    plane = np.array([[0, 2, 4, 4, 9], [2, 4, 4, 4, 9], [1, 1, 0, 8, 9]], dtype=np.float32)

    means = block_means(plane, 2)

    assert means.dtype == np.float32
    assert means.tolist() == [[2.0, 4.0]]
    assert block_means(plane, 1) is plane


@pytest.mark.parametrize("factor", range(1, 13))
@pytest.mark.parametrize("shape", [(97, 131), (64, 256)])
def test_they_are_numpys_to_the_last_bit(shape: tuple[int, int], factor: int) -> None:
    plane = np.random.default_rng(factor).normal(80, 60, shape).astype(np.float32)
    height, width = (n // factor for n in shape)
    blocks = plane[: height * factor, : width * factor].reshape(height, factor, width, factor)

    assert np.array_equal(block_means(plane, factor), blocks.mean(axis=(1, 3)))


def test_a_factor_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="factor must be at least 1, got 0"):
        block_means(np.zeros((4, 4), dtype=np.float32), 0)
