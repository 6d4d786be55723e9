"""Comparing finds what was added, and refuses where there is nothing to compare with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from tools.arrays import UInt8Image
from tools.compare import compare
from tools.errors import ToolError
from tools.ports import CaseQuery, Passage, ReferencePicture, SimilarCase, ToolContext
from tools.targets import TargetArguments

MakeContext = Callable[..., ToolContext]


class OneReference:
    """Knowledge of one reference picture."""

    def __init__(self, image_hwc: UInt8Image) -> None:
        self._reference = ReferencePicture("ref-1", 0, "references/1.png", image_hwc, 0.99)

    def look_up(
        self, query: str, *, product: str, kinds: Sequence[str] = (), k: int = 5
    ) -> list[Passage]:
        return []

    def nearest_references(
        self, image_hwc: UInt8Image, *, product: str, k: int = 1
    ) -> list[ReferencePicture]:
        return [self._reference]

    def similar_cases(
        self, image_hwc: UInt8Image, *, query: CaseQuery, k: int = 3
    ) -> list[SimilarCase]:
        return []


def _board(*, seed: int) -> UInt8Image:
    """Dark tracks and pads on a bright ground, 200 x 160 px."""
    rng = np.random.default_rng(seed)
    board = np.full((160, 200, 3), 220, dtype=np.uint8)
    board[30:44, 10:190], board[64:78, 10:190] = 40, 40
    for _ in range(8):
        x, y = rng.integers(10, 180), rng.integers(90, 140)
        board[y : y + rng.integers(6, 16), x : x + rng.integers(6, 16)] = 40
    return board


def test_copper_that_joins_two_tracks_is_told_as_a_bridge(make_context: MakeContext) -> None:
    reference = _board(seed=0)
    part = reference.copy()
    part[44:64, 90:98] = 40
    context = make_context(image_hwc=part, knowledge=OneReference(reference))

    result = compare.run(context, TargetArguments(box_xyxy=[80, 40, 110, 70]))

    [draft] = result.evidence
    assert (draft.tool, draft.view, draft.source) == ("compare", "V1", "references/1.png")
    looks = draft.values["looks"]
    assert isinstance(looks, list)
    assert {"bridge", "dark", "added"} <= set(looks)
    assert draft.values["shift_x_px"] == pytest.approx(0, abs=0.1)
    assert draft.artifact is not None
    assert context.artifacts.get(draft.artifact).shape == (512, 3 * 512 + 16, 3)


def test_a_place_like_the_reference_shows_nothing(make_context: MakeContext) -> None:
    reference = _board(seed=0)
    part = reference.copy()
    part[44:64, 90:98] = 40
    context = make_context(image_hwc=part, knowledge=OneReference(reference))

    result = compare.run(context, TargetArguments(box_xyxy=[20, 30, 60, 70]))

    assert result.evidence[0].values["unexplained_px"] == 0
    assert "shows nothing that the reference does not explain" in result.text


def test_a_part_that_does_not_register_is_refused(make_context: MakeContext) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (160, 200, 3), dtype=np.uint8)
    context = make_context(image_hwc=noise, knowledge=OneReference(_board(seed=0)))
    with pytest.raises(ToolError, match="does not register"):
        compare.run(context, TargetArguments())


def test_without_product_or_references_the_refusal_says_what_to_try(
    make_context: MakeContext,
) -> None:
    with pytest.raises(ToolError, match="no product is known"):
        compare.run(make_context(product=None), TargetArguments())
    with pytest.raises(ToolError, match="has no reference picture; zoom instead"):
        compare.run(make_context(), TargetArguments())
