"""A few pictures that are easy to tell apart, and a tiny tower to train behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.experts.anomaly_ov.feature_files import FeatureFiles
from tools.experts.anomaly_ov.samples import LabelledPicture
from tools.experts.backbones.siglip_tower import load_siglip_tower


@pytest.fixture
def samples(tmp_path: Path) -> list[LabelledPicture]:
    """Twelve noisy pictures of two data sets; every third one has a bright square."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    made = []
    for number in range(12):
        rng = np.random.default_rng(number)
        image_hwc = rng.integers(90, 110, (28, 28, 3), dtype=np.uint8)
        if number % 3 == 0:
            image_hwc[8:20, 8:20] = 255
        Image.fromarray(image_hwc).save(folder / f"{number}.png")
        dataset = "first" if number < 6 else "second"
        made.append(LabelledPicture(folder / f"{number}.png", number % 3 == 0, dataset))
    return made


@pytest.fixture
def features(tmp_path: Path, tower_folder: Callable[[str], Path]) -> FeatureFiles:
    tower = load_siglip_tower(tower_folder("siglip"), taps=(1, 2, 3, 4), final=5)
    return FeatureFiles(tower, tmp_path / "features")
