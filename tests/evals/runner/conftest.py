"""A tiny data set, and runs of a suite over it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.settings import load_settings
from evals.datasets.masks import MaskFiles
from evals.datasets.records import DataSet, DataSetCard, Sample
from evals.runner.running import RunOptions
from evals.suites.records import Suite

SIDE_PX = 48


def _plate(seed: int, *, spot: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    rng = np.random.default_rng(seed)
    image = 140 + rng.normal(0, 3, (SIDE_PX, SIDE_PX, 3))
    image[8:16, 8:16] = 60
    if spot:
        image[30:38, 20:28] = 10
    return image.clip(0, 255).astype(np.uint8)


@pytest.fixture
def plates(tmp_path: Path) -> DataSet:
    """Five normal plates, two with a spot of 8 x 8 px, and one file that is no picture."""
    folder = tmp_path / "data"
    folder.mkdir()
    samples = []
    for number in range(7):
        spot = number >= 5
        path = folder / f"plate_{number:02}.png"
        Image.fromarray(_plate(number, spot=spot)).save(path)
        mask = np.zeros((SIDE_PX, SIDE_PX), dtype=np.uint8)
        mask[30:38, 20:28] = 255
        truth = folder / f"mask_{number:02}.png"
        if spot:
            Image.fromarray(mask).save(truth)
        samples.append(
            Sample(
                path=path,
                gt_label=int(spot),
                id=path.name,
                defect_type="spot" if spot else None,
                gt_mask=MaskFiles(paths=(truth,)) if spot else None,
            )
        )
    broken = folder / "plate_07.png"
    broken.write_bytes(b"no picture")
    samples.append(Sample(path=broken, gt_label=1, id=broken.name, defect_type="spot"))
    card = DataSetCard(
        name="plates", title="plates", modality="image", licence="-", source="-", folders=("data",)
    )
    return DataSet(card=card, samples=tuple(samples))


@pytest.fixture
def plain_suite() -> Suite:
    """A quick method that needs no model: the oracle on a grid, also on turned pictures."""
    return Suite.model_validate(
        {
            "name": "plain",
            "version": 1,
            "title": "The oracle on a grid",
            "source": "Loupe's own",
            "by": "oracle",
            "data": ["plates"],
            "references": 2,
            "baseline": "original",
            "conditions": [
                {"name": "original", "division": "grid"},
                {"name": "turned", "division": "grid", "query": "rotate_90"},
            ],
            "measures": ["auroc"],
        }
    )


@pytest.fixture
def options(tmp_path: Path, plates: DataSet) -> Callable[..., RunOptions]:
    """Options of a run into a folder below the test's own."""

    def make(name: str = "run", **more: object) -> RunOptions:
        settings = load_settings(home=tmp_path / "home", concurrency=3)
        given = {"settings": settings, "load_set": lambda _: plates, **more}
        return RunOptions(out=tmp_path / name, **given)  # type: ignore[arg-type]

    return make
