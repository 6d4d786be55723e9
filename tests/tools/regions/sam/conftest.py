"""A small SAM of random weights in the released layout, for both routes."""

from __future__ import annotations

import pytest
import torch

from evals.benchmarks.random_sam import TINY, random_sam


@pytest.fixture(scope="session")
def sam_state() -> dict[str, torch.Tensor]:
    """Tensors by their released names."""
    return random_sam(TINY, seed=3)
