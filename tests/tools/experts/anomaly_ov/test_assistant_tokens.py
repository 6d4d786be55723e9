from __future__ import annotations

import pytest

from tools.experts.anomaly_ov.assistant_tokens import expert_tokens, image_tokens
from tools.experts.anyres import cut_of

PUBLISHED = [
    ((900, 900), 10, 7371, 47),
    ((1024, 1024), 10, 7371, 47),
    ((700, 700), 5, 3699, 25),
    ((1284, 1168), 10, 6715, 47),
    ((1404, 1070), 10, 5731, 47),
    ((1562, 960), 7, 4829, 33),
    ((384, 384), 2, 1485, 11),
    ((800, 1600), 7, 4050, 35),
    ((640, 480), 5, 2929, 25),
]
"""Width and height, crops, image tokens, tokens of the expert: facts of the published code."""


@pytest.mark.parametrize(("size", "crops", "image", "expert"), PUBLISHED)
def test_tokens_are_as_many_as_the_published_code_makes(
    size: tuple[int, int], crops: int, image: int, expert: int
) -> None:
    import torch

    cut, newline = cut_of(*size), torch.ones(1)

    seen = image_tokens(torch.zeros(crops, 729, 1), newline, cut=cut, side=27)
    told = expert_tokens(torch.zeros(1), torch.zeros(crops, 4, 1), newline, cut=cut)

    assert (len(seen), len(told)) == (image, expert)
