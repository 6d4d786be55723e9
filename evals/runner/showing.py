"""The pictures that a bare model is shown of one sample. Knows no prompt and no answer."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from evals.runner.bench import Bench
from evals.runner.divisions import Divided, divide_file, marked_picture
from evals.runner.pictures import perturbed_file
from evals.runner.plan import Group, Task
from evals.runner.products import reference_files
from evals.suites.records import Asking
from graphs.minds.chat import ShownPicture
from tools.arrays import UInt8Image
from tools.assets import open_picture
from tools.errors import SettingsError
from tools.ports import ArtifactPort

MAX_SIDE_PX = 1024
"""Larger pictures are resampled to it before they are sent."""


class Pictured(NamedTuple):
    """What a model is shown, in this order, each picture behind its number."""

    path: Path
    """Of the sample, as its condition changes it."""
    shown: list[ShownPicture]
    divided: Divided | None = None
    """Where the sample is shown with numbered regions."""

    @property
    def numbers(self) -> range:
        """Of the regions that it sees."""
        return range(1, 1 + (len(self.divided.masks) if self.divided else 0))


def pictured(
    group: Group, task: Task, bench: Bench, asking: Asking, artifacts: ArtifactPort
) -> Pictured:
    """Read, change and keep the pictures of a question.

    Raises:
        AssetError: one of them cannot be read.
        SettingsError: the question needs a reference, or SAM, and there is none.
    """
    path = perturbed_file(task.sample.path, group.condition.query, folder=bench.work / "pictures")
    shown, divided = [], None
    for number, kind in enumerate(asking.shows, start=1):
        if kind == "reference":
            image = _read(_reference(group, task, bench))
        elif kind == "query":
            image = _read(path)
        else:
            divided = divide_file(path, asking.division, bench.segmenter)
            image = marked_picture(divided)
        caption = f"Image {number}:" if len(asking.shows) > 1 else "The image:"
        shown.append(
            ShownPicture(artifact=artifacts.put(image), caption=caption, max_side_px=MAX_SIDE_PX)
        )
    return Pictured(path, shown, divided)


def _reference(group: Group, task: Task, bench: Bench) -> Path:
    """The one that the set pairs with the sample, else the first of the draw.

    Raises:
        SettingsError: there is none.
    """
    change, folder = group.condition.reference, bench.work / "pictures"
    if task.sample.references:
        return perturbed_file(task.sample.references[0], change, folder=folder)
    files = reference_files(group.material, group.condition, n_references=1, work=bench.work)
    if not files:
        raise SettingsError(
            f"condition {group.condition.name!r} shows a reference, and {group.material.name} has "
            "none; set `references` of the suite to 1 or more"
        )
    return files[0]


def _read(path: Path) -> UInt8Image:
    picture = open_picture(path)
    return picture.read(picture.window_xyxy)
