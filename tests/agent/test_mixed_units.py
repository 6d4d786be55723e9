"""A unit of a photograph and a log: what is wrong in either part is told on that part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.inspector import Inspector
from agent.settings import Settings
from graphs.records import Inspection
from tools.records import ImageExtent, IntervalExtent

RULES = """\
- id: R1
  kind: tolerance
  text: The pressure must stay below 8 bar.
  quantity: "log/max:pressure"
  max: 8
  unit: bar
"""
SPOT = (slice(30, 42), slice(60, 72))


def write_unit(
    folder: Path, name: str, seed: int, *, spot: bool = False, surge: bool = False
) -> Path:
    """A plate of 96 x 96 px with a pattern, and its press's log of 400 s."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:96, 0:96]
    grey = 120 + 40 * np.sin(rows / 5.0) * np.cos(columns / 7.0) + rng.normal(0, 2, (96, 96))
    time = np.arange(400)
    pressure = 4 + np.sin(2 * np.pi * time / 40) + rng.normal(0, 0.05, 400)
    if spot:
        grey[SPOT] = 10
    if surge:
        pressure[200:230] = 9 + rng.normal(0, 0.05, 30)
    picture = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).convert("RGB")
    picture.save(folder / f"{name}.png")
    lines = [f"{t},{p:.4f}" for t, p in zip(time, pressure, strict=True)]
    (folder / f"{name}.csv").write_text("time,pressure\n" + "\n".join(lines) + "\n")
    path = folder / f"{name}.asset.yaml"
    path.write_text(f"parts:\n  plate: {name}.png\n  log: {name}.csv\n")
    return path


@pytest.fixture(scope="module")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Inspection]:
    root = tmp_path_factory.mktemp("mixed")
    product = root / "pressed"
    for number in range(3):
        write_unit(product / "references", f"golden_{number}", number)
    (product / "product.yaml").write_text("name: pressed\ndescriptor: A plate and its log.\n")
    (product / "rules.yaml").write_text(RULES)
    parts = root / "parts"
    units = {
        "spot": write_unit(parts, "spot", 11, spot=True),
        "surge": write_unit(parts, "surge", 12, surge=True),
    }
    with Inspector(Settings(home=root / "home")) as inspector:
        inspector.add_product(product)
        return {name: inspector.inspect(path, "pressed") for name, path in units.items()}


def test_a_spot_is_told_on_the_photograph(inspected: dict[str, Inspection]) -> None:
    verdict = inspected["spot"].verdict

    assert verdict.decision == "anomalous"
    places = {one.id: one.source for one in verdict.regions}
    source = places[verdict.findings[0].region or 0]
    assert isinstance(source, ImageExtent)
    assert source.part == "plate"
    x1, y1, x2, y2 = source.box_xyxy
    assert x1 <= 66 <= x2
    assert y1 <= 36 <= y2


def test_a_surge_is_told_on_the_log_by_the_rule_that_it_breaks(
    inspected: dict[str, Inspection],
) -> None:
    verdict = inspected["surge"].verdict

    assert verdict.decision == "anomalous"
    (broken,) = [one for one in verdict.findings if one.rule_ids == ["R1"]]
    places = {one.id: one.source for one in verdict.regions}
    source = places[broken.region or 0]
    assert isinstance(source, IntervalExtent)
    assert (source.part, source.first_sample, source.last_sample) == ("log", 200, 230)
    assert "on log" in broken.claim
