"""Real etched boards of DeepPCB with a cause planted in one station. Inspects nothing.

A board is the template of its place with the test picture's defects of one type laid in, each in
its labelled box: the pair is registered, so that nothing else changes. It is photographed anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evals.datasets.deeppcb import load_deeppcb
from evals.datasets.pictures import load_rgb
from evals.datasets.records import TemplatePair
from evals.perturb import perturb
from evals.talks.planted import Board
from tools.arrays import UInt8Image

DEFECT_OF = {"missing_screw": "open", "solder_splash": "short", "scratch": "mousebite"}
"""What stands for each planted defect of the sample boards."""
PLACES = 8
"""Pairs that boards are made of; their templates are the references."""
MARGIN_PX = 4
"""Around a labelled box, so that the defect's edge is taken along."""


def places_of(data: Path) -> list[TemplatePair]:
    """The first pairs whose test picture has a defect of each type that is planted."""
    wanted = set(DEFECT_OF.values())
    found = [one for one in load_deeppcb(data) if wanted <= {box.defect for box in one.boxes}]
    return found[:PLACES]


def etched(boards: Sequence[Board]) -> list[Board]:
    """The same plan with defects of etched boards."""
    return [one._replace(defect=DEFECT_OF.get(one.defect, one.defect)) for one in boards]


def planted(pair: TemplatePair, defect: str) -> UInt8Image:
    """(H, W, 3): the template with the defects of one type; as it is for `normal`."""
    image_hwc, test_hwc = load_rgb(pair.template_path).copy(), load_rgb(pair.test_path)
    for box in pair.boxes:
        if box.defect == defect:
            x1, y1, x2, y2 = (round(one) for one in box.box_xyxy)
            rows = slice(max(y1 - MARGIN_PX, 0), y2 + MARGIN_PX)
            columns = slice(max(x1 - MARGIN_PX, 0), x2 + MARGIN_PX)
            image_hwc[rows, columns] = test_hwc[rows, columns]
    return np.asarray(image_hwc)


def photograph_etched(
    boards: Sequence[Board], folder: Path, *, data: Path, seed: int
) -> list[Path]:
    """Photograph every board, moved and with gain and noise of its own within the tolerance.

    Args:
        boards: in their order; places take turns.
        folder: of the pictures.
        data: folder of the data sets.
        seed: of the first; each has its own.
    """
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    pairs, paths = places_of(data), []
    for number, board in enumerate(boards):
        path = folder / f"{board.name}.png"
        if not path.exists():
            image_hwc = planted(pairs[number % len(pairs)], board.defect)
            Image.fromarray(perturb(image_hwc, seed=seed + number).image_hwc).save(path)
        paths.append(path)
    return paths
