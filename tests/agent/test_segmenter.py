from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.segmenter import LazySegmenter, allowed_tools, segmenter_of
from agent.settings import Settings
from tools.errors import WeightsError

FILE = "models/sam-vit-b/sam_vit_b_01ec64.pth"


def test_without_a_name_there_is_no_sam_and_no_tool_for_it() -> None:
    assert segmenter_of(Settings(), device="cpu") is None
    assert "segment" not in allowed_tools(None)


def test_a_sam_that_was_not_pulled_is_named_with_what_brings_it() -> None:
    with pytest.raises(WeightsError, match="run `loupe models pull sam-vit-b`"):
        segmenter_of(Settings(sam="sam-vit-b"), device="cpu")


def test_weights_are_read_when_they_are_first_asked_for(tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir(parents=True)
    (tmp_path / FILE).write_bytes(b"not weights")

    segmenter = segmenter_of(Settings(home=tmp_path, sam="sam-vit-b"), device="cpu")

    assert isinstance(segmenter, LazySegmenter)
    assert allowed_tools(segmenter)[-1] == "segment"
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        segmenter.everything(np.zeros((8, 8, 3), dtype=np.uint8))


def test_only_the_tools_that_are_wanted_are_there() -> None:
    assert allowed_tools(None, wanted=("zoom", "segment")) == ("zoom",)
