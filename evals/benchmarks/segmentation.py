"""Seconds of SAM by its parts: ``python -m evals.benchmarks.segmentation CHECKPOINT``.

A device that is absent leaves its rows empty. Figures of one machine at one moment; tests assert
none of them. Weights of any content cost the same, save for the masks that pass the filters.
"""

from pathlib import Path
from time import perf_counter
from typing import Annotated, NamedTuple

import numpy as np
import typer

from evals.benchmarks.superpixels import load_pictures, versions_line
from evals.tables.provenance import commit_name, machine_name, utc_now
from tools.arrays import UInt8Image
from tools.regions.sam import EverythingSettings, Prompt, load_segmenter


class Seconds(NamedTuple):
    """One row; None where the device is absent."""

    what: str
    load_s: float | None = None
    first_s: float | None = None
    again_s: float | None = None
    everything_s: float | None = None
    n_masks: int | None = None

    def line(self) -> str:
        """The row as Markdown."""
        cells = [
            "" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
            for value in self[1:]
        ]
        return f"| {self.what} | {' | '.join(cells)} |"


def main(
    checkpoint: Annotated[Path, typer.Argument(help="A released .pth or its safetensors.")],
    points: Annotated[int, typer.Option(min=1, help="Points along a side, of everything.")] = 32,
) -> None:
    """Measure loading, a first prompt, a further one on the same picture, and everything."""
    picture = load_pictures(None)[0]
    settings = EverythingSettings(points_per_side=points)
    lines = [
        f"| SAM, 768 x 768 | load, s | first prompt, s | next prompt, s | everything ({points} x "
        f"{points} points), s | masks |",
        "| --- | --: | --: | --: | --: | --: |",
        *(measured(checkpoint, device, picture, settings).line() for device in ("cpu", "cuda")),
        "",
        f"{checkpoint.name}, {commit_name()}, {machine_name()}, {utc_now()}. {versions_line()}.",
    ]
    typer.echo("\n".join(lines))


def measured(
    checkpoint: Path, device: str, picture: UInt8Image, settings: EverythingSettings
) -> Seconds:
    """The row of a device."""
    import torch

    name = "GPU" if device == "cuda" else "CPU"
    if device == "cuda" and not torch.cuda.is_available():
        return Seconds(name)
    marks = [perf_counter()]
    segmenter = load_segmenter(checkpoint, device=device, settings=settings)
    marks.append(perf_counter())
    for x, y in ((384.0, 384.0), (200.0, 500.0)):
        segmenter.prompted(picture, Prompt(points_xy=((x, y),), labels=(1,)))
        marks.append(perf_counter())
    masks = segmenter.everything(picture)
    marks.append(perf_counter())
    load_s, first_s, again_s, everything_s = (float(span) for span in np.diff(marks))
    return Seconds(f"{name}, {segmenter.route}", load_s, first_s, again_s, everything_s, len(masks))


if __name__ == "__main__":
    typer.run(main)
