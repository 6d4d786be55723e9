"""The sample product's counting rules, measured on its committed parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from evals.samples import sample_folder
from tools.arrays import UInt8Image
from tools.parts import PartsTemplate, check_parts, examples_in, learn_parts

FITTED = {"screw": 6, "capacitor": 4, "pin": 10, "resistor": 8}


def read(path: Path) -> UInt8Image:
    with Image.open(path) as picture:
        return np.asarray(picture)


@pytest.fixture(scope="module")
def template() -> PartsTemplate:
    product = sample_folder() / "control-board"
    rules = yaml.safe_load((product / "rules.yaml").read_text(encoding="utf-8"))
    references = [read(path) for path in sorted((product / "references").glob("*.jpg"))[:4]]
    return learn_parts(references, examples=examples_in(r.get("quantity", "") for r in rules))


@pytest.mark.parametrize(
    ("part", "broken"),
    [
        ("part_01", {}),
        ("part_03", {"screw": 5}),
        ("part_05", {"pin": 9}),
        ("part_09", {"capacitor": 3}),
        ("part_11", {"resistor": 9}),
    ],
)
def test_counts_differ_where_a_part_is_missing_or_too_many(
    template: PartsTemplate, part: str, broken: dict[str, int]
) -> None:
    report = check_parts(read(sample_folder() / "control-board-parts" / f"{part}.jpg"), template)
    assert {c.type: c.found for c in report.counts if c.type in FITTED} == {**FITTED, **broken}
