"""A small product folder and an open store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from knowledge.records import Case
from knowledge.store import KnowledgeStore, open_store
from tools.arrays import UInt8Image

PRODUCT = """\
name: bracket
aliases: [BR-7, steel bracket]
descriptor: A stamped steel bracket with two holes, seen from above.
process_steps: [stamping, deburring]
mm_per_px: 0.2
reference: any
tolerance:
  shift_px: 3
  gain: 0.1
ill_posed:
  - Is the steel of the right alloy?
"""
RULES = """\
- id: R1
  kind: must
  text: The surface shows no scratch.
- id: R2
  kind: tolerance
  text: Exactly two holes are punched.
  quantity: count:hole
  min: 2
  max: 2
  unit: pieces
- id: R3
  kind: ignore
  text: Oil film from stamping does not matter.
"""
FMEA = """\
mode,appearance,cause,effect,remediation,severity,occurrence,detection
scratch,"bright thin line, straight",worn guide rail,corrosion,polish the rail,4,3,2
missing hole,flat steel where a hole should be,broken punch,no mounting,replace the punch,8,2,2
"""
NOTE = """\
# Work instruction

## Lighting

Use the ring light; the dome light hides scratches.

## Rejects

Put rejected brackets into the red bin.
"""


def bracket(seed: int) -> UInt8Image:
    """(96, 128, 3): a light plate with two dark holes on a dark ground, with its own noise."""
    rng = np.random.default_rng(seed)
    image = np.full((96, 128, 3), 60.0)
    image[16:80, 12:116] = 170
    rows, columns = np.mgrid[:96, :128]
    for centre in (38, 90):
        image[(rows - 48) ** 2 + (columns - centre) ** 2 < 100] = 40
    image += rng.normal(0, 4, image.shape)
    return np.asarray(np.clip(image, 0, 255), dtype=np.uint8)


def checkerboard(seed: int) -> UInt8Image:
    """(120, 120, 3): coloured squares, with their own noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:120, :120]
    odd = (rows // 12 + columns // 12) % 2 == 1
    image = np.where(odd[..., None], (200.0, 80.0, 40.0), (30.0, 30.0, 120.0))
    return np.asarray(np.clip(image + rng.normal(0, 4, image.shape), 0, 255), dtype=np.uint8)


@pytest.fixture(scope="session")
def bracket_picture() -> Callable[[int], UInt8Image]:
    return bracket


@pytest.fixture(scope="session")
def checkerboard_picture() -> Callable[[int], UInt8Image]:
    return checkerboard


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A valid product folder: three rules, two failure modes, one note, four references."""
    root = tmp_path / "bracket"
    (root / "references").mkdir(parents=True)
    (root / "notes").mkdir()
    (root / "product.yaml").write_text(PRODUCT)
    (root / "rules.yaml").write_text(RULES)
    (root / "fmea.csv").write_text(FMEA)
    (root / "notes" / "work.md").write_text(NOTE)
    for seed in range(4):
        Image.fromarray(bracket(seed)).save(root / "references" / f"b{seed}.png")
    return root


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def store(home: Path) -> Iterator[KnowledgeStore]:
    with open_store(home) as opened:
        yield opened


@pytest.fixture
def a_case() -> Callable[..., Case]:
    """Makes a case of the bracket."""

    def make(case_id: str, *, summary: str = "thin line near the left hole") -> Case:
        return Case(
            id=case_id,
            product="bracket",
            asset_sha256="0" * 64,
            decision="anomalous",
            summary=summary,
            created="2026-01-01T00:00:00Z",
        )

    return make
