"""A photograph with the organised scan of the same pixels: one defect is one finding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from agent.inspector import Inspector
from agent.settings import Settings
from graphs.records import Inspection
from tools.records import ImageExtent, PointExtent

SIDE = 96
BLOCK, DENT = slice(16, 80), slice(40, 52)
"""Rows and columns of the part, and of what is pressed into it and dark."""


def write_unit(folder: Path, name: str, seed: int, *, dented: bool = False) -> Path:
    """A block before a plane: an xyz tiff of 96 x 96 pixels, and its picture."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    rows, columns = np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij")
    depth = 5 + 0.002 * rows + rng.normal(0, 0.0005, (SIDE, SIDE))
    depth[BLOCK, BLOCK] -= 0.3 + 0.002 * np.sin(columns[BLOCK, BLOCK] / 4)
    grey = 90 + 60 * np.sin(rows / 5.0) * np.cos(columns / 7.0) + rng.normal(0, 2, (SIDE, SIDE))
    if dented:
        depth[DENT, DENT] += 0.08
        grey[DENT, DENT] = 5
    grid = np.stack([(columns - 48) * 0.02, (rows - 48) * 0.02, depth], axis=2).astype(np.float32)
    tifffile.imwrite(folder / f"{name}.tiff", grid, photometric="minisblack", planarconfig="contig")
    picture = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).convert("RGB")
    picture.save(folder / f"{name}.png")
    path = folder / f"{name}.asset.yaml"
    path.write_text(f"parts:\n  rgb: {name}.png\n  xyz: {name}.tiff\n")
    return path


@pytest.fixture(scope="module")
def dented(tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    root = tmp_path_factory.mktemp("scanned")
    product = root / "block"
    for number in range(3):
        write_unit(product / "references", f"golden_{number}", number)
    (product / "product.yaml").write_text("name: block\ndescriptor: A block, seen and scanned.\n")
    part = write_unit(root / "parts", "dented", 11, dented=True)
    settings = Settings(home=root / "home", cameras=("turn+00+00+00",))
    with Inspector(settings) as inspector:
        inspector.add_product(product)
        return inspector.inspect(part, "block")


def test_a_dent_in_the_scan_and_its_shade_on_the_photograph_are_one_finding(
    dented: Inspection,
) -> None:
    verdict = dented.verdict

    assert verdict.decision == "anomalous"
    places = {one.id: one.source for one in verdict.regions}
    first = verdict.findings[0]
    told = [places[one] for one in (first.region or 0, *first.other_regions)]
    assert {one.part for one in told} == {"rgb", "xyz"}
    for source in told:
        if isinstance(source, ImageExtent):
            x1, y1, x2, y2 = source.box_xyxy
            assert x1 <= 46 <= x2
            assert y1 <= 46 <= y2
        if isinstance(source, PointExtent):
            pixels = np.array(source.point_indices)
            inside = (abs(pixels % SIDE - 46) <= 9) & (abs(pixels // SIDE - 46) <= 9)
            assert inside.mean() > 0.9
    experts = {
        str(one.values.get("expert", "")).partition("@")[2]
        for one in dented.evidence
        if one.id in first.evidence_ids
    }
    assert experts == {"rgb", "xyz"}
