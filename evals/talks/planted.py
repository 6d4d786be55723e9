"""Boards of several days, stations and lots, with a cause planted in one station. Inspects nothing.

Knows what is planted; whoever inspects and talks does not.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evals.samples import sample_folder

DAYS = ("2026-11-23", "2026-11-24", "2026-11-25")
"""A Monday, a Tuesday and a Wednesday."""
STATIONS = ("S1", "S2", "S3", "S4")
PLANTED_DAY, PLANTED_STATION, PLANTED_DEFECT = "2026-11-24", "S3", "missing_screw"
OTHER_DEFECTS = ("solder_splash", "scratch")
"""One unit of each on other days and stations, so that the planted one is not the only defect."""
GAIN, NOISE = 0.02, 1.5
"""Of each photograph: up to so much brighter or darker, and grey levels of noise."""


class Board(NamedTuple):
    """One board and what is known of it."""

    name: str
    day: str
    station: str
    lot: str
    defect: str
    """`normal`, or one of `evals.samples.defects.DEFECTS`."""

    @property
    def labels(self) -> dict[str, str]:
        """As an inspection takes them; what is planted is not among them."""
        hour = 8 + int(self.name.rsplit("-", 1)[-1])
        return {"time": f"{self.day}T{hour:02d}:00", "station": self.station, "lot": self.lot}


def plan_boards(per_group: int) -> list[Board]:
    """Every board: as many for each day and station, all but one normal where it is planted.

    Args:
        per_group: boards for each day and station, at least 2.
    """
    others = {("2026-11-23", "S2"): OTHER_DEFECTS[0], ("2026-11-25", "S4"): OTHER_DEFECTS[1]}
    boards = []
    for day in DAYS:
        for place, station in enumerate(STATIONS):
            for number in range(per_group):
                defect = "normal"
                if (day, station) == (PLANTED_DAY, PLANTED_STATION) and number < per_group - 1:
                    defect = PLANTED_DEFECT
                elif number == 0:
                    defect = others.get((day, station), "normal")
                name = f"b{day[-2:]}-{station.lower()}-{number}"
                boards.append(Board(name, day, station, f"L{1 + place // 2}", defect))
    return boards


def photograph(boards: list[Board], folder: Path, *, seed: int) -> list[Path]:
    """Photograph every board, and write what was planted to `planted.csv`.

    The shipped sample boards are photographed again: each picture has noise and a gain of its own,
    within the product's stated tolerance. To render new boards takes a hundred times as long.

    Args:
        boards: in their order.
        folder: of the pictures.
        seed: of the first; each has its own.
    """
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    shown = _samples()
    paths = []
    for number, board in enumerate(boards):
        path = folder / f"{board.name}.png"
        originals = shown[board.defect]
        rng = np.random.default_rng(seed + number)
        with Image.open(originals[number % len(originals)]) as picture:
            image_hwc = np.asarray(picture.convert("RGB"), np.float32)
        again = image_hwc * rng.uniform(1 - GAIN, 1 + GAIN) + rng.normal(0, NOISE, image_hwc.shape)
        Image.fromarray(again.clip(0, 255).astype(np.uint8)).save(path, compress_level=1)
        paths.append(path)
    with (folder / "planted.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(Board._fields)
        writer.writerows(boards)
    return paths


def _samples() -> dict[str, list[Path]]:
    """The shipped parts by what is wrong with them."""
    folder = sample_folder() / "control-board-parts"
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found: dict[str, list[Path]] = {}
    for row in rows:
        found.setdefault(row.get("defect") or row["label"], []).append(folder / row["file"])
    return found
