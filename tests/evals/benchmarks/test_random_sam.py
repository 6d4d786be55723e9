from __future__ import annotations

import math

from evals.benchmarks.random_sam import TINY, VIT_B, Layout, random_sam
from tools.regions.sam.geometry import geometry_of


def test_the_smallest_released_sam_has_so_many_parameters() -> None:
    # 93,735,472 by the released module, and the place code, which is no parameter there.
    assert sum(math.prod(shape) for shape in Layout(VIT_B).values()) == 93_735_472 + 2 * 128


def test_sizes_come_back_from_the_weights() -> None:
    assert geometry_of(random_sam(TINY)) == TINY
