"""Real boards with planted defects: nothing but the labelled places changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evals.datasets.pictures import load_rgb
from evals.talks.etched import MARGIN_PX, PLACES, places_of, planted


def test_only_boxes_of_the_planted_type_are_laid_in(shared_data: Path) -> None:
    pairs = places_of(shared_data)
    assert len(pairs) == PLACES
    pair = pairs[0]
    template_hwc, board_hwc = load_rgb(pair.template_path), planted(pair, "open")

    changed = (template_hwc != board_hwc).any(axis=2)
    for box in pair.boxes:
        x1, y1, x2, y2 = (round(one) for one in box.box_xyxy)
        if box.defect == "open":
            assert changed[y1:y2, x1:x2].any()
            low_y, low_x = max(y1 - MARGIN_PX, 0), max(x1 - MARGIN_PX, 0)
            changed[low_y : y2 + MARGIN_PX, low_x : x2 + MARGIN_PX] = False
    assert not changed.any()
    assert np.array_equal(planted(pair, "normal"), template_hwc)
