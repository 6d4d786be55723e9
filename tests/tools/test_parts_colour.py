from __future__ import annotations

import numpy as np

from tools.parts_colour import weighted_lab


def test_a_shadow_counts_less_than_the_lightness_it_takes() -> None:
    white = np.full((4, 4, 3), 255, np.uint8)
    black = np.zeros((4, 4, 3), np.uint8)

    # L runs from 0 to 100 between black and white, and a grey has no hue.
    assert np.allclose(weighted_lab(white), [60.0, 0.0, 0.0], atol=0.02)
    assert np.allclose(weighted_lab(black), [0.0, 0.0, 0.0], atol=0.02)
