"""Seconds of SAM by its parts: ``python -m evals.benchmarks.segmentation [CHECKPOINT]``.

Without a checkpoint it is ViT-B with random weights: weights of any content cost the same, save for
the masks that pass the filters. A device that is absent leaves its row empty. Figures of one
machine at one moment; tests assert none of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
import typer

from evals.benchmarks.clocks import (
    DEVICES,
    ClockName,
    clock_of,
    conditions,
    is_present,
    label_of,
    wait_for,
)
from evals.benchmarks.superpixels import load_pictures, versions_line
from evals.tables.provenance import commit_name, machine_name, utc_now
from tools.arrays import UInt8Image
from tools.regions.sam import EverythingSettings, Prompt, Segmenter, load_segmenter

if TYPE_CHECKING:
    from torch import Tensor

PUBLISHED_POINTS = 32
"""Along a side, by SAM's and GPT-4V-AD's settings."""
POINTS = {"cpu": 8, "cuda": PUBLISHED_POINTS}
"""Along a side, where nothing else is asked for: all of them take a CPU minutes."""
SIZES = {"vit-b": "VIT_B", "tiny": "TINY"}


class Seconds(NamedTuple):
    """One row; None where the device is absent."""

    what: str
    first_s: float | None = None
    again_s: float | None = None
    n_points: int | None = None
    everything_s: float | None = None
    n_masks: int | None = None

    @property
    def published_s(self) -> float | None:
        """Of all published points on a picture that was not seen before, by the time of a point."""
        if self.everything_s is None or not self.n_points or self.first_s is None:
            return None
        return self.first_s + PUBLISHED_POINTS**2 * self.everything_s / self.n_points

    def line(self) -> str:
        """The row as Markdown."""
        cells = [
            "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
            for value in (*self[1:], self.published_s)
        ]
        return f"| {self.what} | {' | '.join(cells)} |"


def main(
    checkpoint: Annotated[
        Path | None, typer.Argument(help="A released .pth or its safetensors; random if unset.")
    ] = None,
    points: Annotated[
        int | None, typer.Option(min=1, help="Points along a side; 8 on a CPU, 32 on a GPU.")
    ] = None,
    size: Annotated[
        Literal["vit-b", "tiny"], typer.Option(help="Of the random SAM without a checkpoint.")
    ] = "vit-b",
    clock: ClockName = "wall",
) -> None:
    """Measure a first prompt, a further one on the same picture, and everything."""
    picture = load_pictures(None)[0]
    name = checkpoint.name if checkpoint else f"random {size}"
    rows = []
    for device in DEVICES:
        settings = EverythingSettings(points_per_side=points or POINTS[device])
        rows.append(measured(checkpoint, size, device, picture, settings=settings, clock=clock))
    lines = [
        f"| {name}, 768 x 768 | first prompt, s | next prompt, s | points | all of them, s "
        f"| masks | {PUBLISHED_POINTS**2} points and the picture, s |",
        "| --- | --: | --: | --: | --: | --: | --: |",
        *(row.line() for row in rows),
        "",
        f"The last column is reckoned from the time of a point. {conditions(clock)}. "
        f"{commit_name()}, {machine_name()}, {utc_now()}. {versions_line()}.",
    ]
    typer.echo("\n".join(lines))


def measured(
    checkpoint: Path | None,
    size: str,
    device: str,
    picture: UInt8Image,
    *,
    settings: EverythingSettings,
    clock: str = "wall",
) -> Seconds:
    """The row of a device.

    Args:
        checkpoint: released weights, or None.
        size: of the random SAM where there are none: a key of `SIZES`.
        device: torch's name.
        picture: that is segmented.
        settings: of everything.
        clock: see `clocks`.
    """
    if not is_present(device):
        return Seconds(label_of(device))
    if checkpoint is None:
        segmenter = _random(size, device=device, settings=settings)
    else:
        segmenter = load_segmenter(checkpoint, device=device, settings=settings)
    now = clock_of(clock, device)
    if device != "cpu":
        # A GPU's first call sets it up; the mirrored picture is another one.
        segmenter.prompted(np.ascontiguousarray(picture[:, ::-1]), _prompt(picture, 0.5, 0.5))
    marks = []
    for x, y in ((0.5, 0.5), (0.25, 0.6)):
        wait_for(device)
        marks.append(now())
        segmenter.prompted(picture, _prompt(picture, x, y))
    wait_for(device)
    marks.append(now())
    masks = segmenter.everything(picture)
    wait_for(device)
    marks.append(now())
    first_s, again_s, everything_s = (float(span) for span in np.diff(marks))
    n_points = settings.points_per_side**2
    what = f"{label_of(device)}, {segmenter.route}"
    return Seconds(what, first_s, again_s, n_points, everything_s, len(masks))


def _random(size: str, *, device: str, settings: EverythingSettings) -> Segmenter:
    from evals.benchmarks import random_sam
    from tools.regions.sam.by_released import ReleasedSam, trouble
    from tools.regions.sam.by_transformers import TransformersSam

    state: dict[str, Tensor] = random_sam.random_sam(getattr(random_sam, SIZES[size]))
    why = trouble()
    if why:
        return TransformersSam(state, version="random", note=why, device=device, settings=settings)
    return ReleasedSam(state, version="random", device=device, settings=settings)


def _prompt(picture: UInt8Image, x: float, y: float) -> Prompt:
    """A point at a share of the picture's width and height."""
    height_px, width_px = picture.shape[:2]
    return Prompt(points_xy=((x * width_px, y * height_px),), labels=(1,))


if __name__ == "__main__":
    typer.run(main)
