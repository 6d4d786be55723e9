"""Fixtures of the tools: a picture of noise, and what a tool may use in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from tools.arrays import UInt8Image
from tools.artifacts import ArtifactFolder
from tools.assets import Picture, render_view
from tools.ports import CaseQuery, Passage, ReferencePicture, SimilarCase, ToolContext
from tools.records import Asset

MakeContext: TypeAlias = Callable[..., ToolContext]


class NothingKnown:
    """Knowledge that holds nothing."""

    def look_up(
        self, query: str, *, product: str, kinds: Sequence[str] = (), k: int = 5
    ) -> list[Passage]:
        return []

    def nearest_references(
        self, image_hwc: UInt8Image, *, product: str, k: int = 1
    ) -> list[ReferencePicture]:
        return []

    def similar_cases(
        self, image_hwc: UInt8Image, *, query: CaseQuery, k: int = 3
    ) -> list[SimilarCase]:
        return []


@pytest.fixture
def make_context(tmp_path: Path) -> MakeContext:
    """Build the context of one call on a picture, by default 120 x 90 px of noise, seen as V1."""

    def make(*, image_hwc: UInt8Image | None = None, **changes: Any) -> ToolContext:
        if image_hwc is None:
            image_hwc = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
        size = [image_hwc.shape[1], image_hwc.shape[0]]
        asset = Asset(path="part.png", sha256="0" * 64, modality="image", size=size)
        picture = Picture(asset, image_hwc)
        artifacts = ArtifactFolder(tmp_path / "artifacts")
        view = render_view(picture, picture.window_xyxy, view_id="V1", artifacts=artifacts)
        context = ToolContext(
            picture=picture,
            views={"V1": view},
            product="part",
            mm_per_px=None,
            knowledge=NothingKnown(),
            artifacts=artifacts,
            memories={},
        )
        return replace(context, **changes)

    return make
