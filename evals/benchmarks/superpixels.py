"""Superpixels per second and agreement: ``python -m evals.benchmarks.superpixels``.

scikit-image on the CPU against torch at batch 1 and 32. A device that is absent leaves its
rows empty. Figures of one machine at one moment; tests assert none of them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import numpy.typing as npt
import typer

from evals.benchmarks.clocks import (
    ClockName,
    clock_of,
    conditions,
    is_present,
    label_of,
    wait_for,
)
from evals.benchmarks.inspections import sample_parts
from evals.datasets.pictures import load_rgb
from evals.metrics.superpixels import Agreement, agreement
from evals.tables.provenance import commit_name, machine_name, package_versions, utc_now
from tools.regions import DIVISION_SIDE_PX, resize_bilinear
from tools.regions.division import COMPACTNESS, N_SEGMENTS

Pictures = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp"})


ROWS = (("cpu", 1), ("cpu", 32), ("cuda", 1), ("cuda", 32))
"""Device and pictures of a batch."""
AIM = 20.0
"""Times scikit-image on the CPU, that a GPU should be at a batch of 32."""


class Speed(NamedTuple):
    """One row: what divided, and how fast."""

    what: str
    seconds: tuple[float, ...]  # of each repetition; empty where the device is absent
    n_superpixels: int  # of all pictures of one repetition
    n_pictures: int

    def line(self, baseline_s: float) -> str:
        """The row as Markdown; `baseline_s` is scikit-image's for one picture."""
        if not self.seconds:
            return f"| {self.what} | | | | |"
        middle = float(np.median(self.seconds))
        return (
            f"| {self.what} | {len(self.seconds)} | {middle / self.n_pictures:.3f} "
            f"| {self.n_superpixels / middle:.0f} "
            f"| {baseline_s / (middle / self.n_pictures):.2f} |"
        )


def main(
    folder: Annotated[
        Path | None, typer.Option(help="Pictures at any depth; the sample's parts if unset.")
    ] = None,
    n: Annotated[
        int, typer.Option(min=1, help="Repetitions; of a large batch on a CPU there is one.")
    ] = 3,
    n_agree: Annotated[int, typer.Option(min=0, help="Pictures whose labels are compared.")] = 12,
    batch: Annotated[int, typer.Option(min=1, help="Pictures of a large batch.")] = 32,
    clock: ClockName = "wall",
) -> None:
    """Measure superpixels per second, and compare torch's with scikit-image's."""
    pictures = load_pictures(folder)
    speeds = [by_scikit_image(pictures[:4], n=n, clock=clock)]
    for device, n_pictures in _rows(batch):
        times = 1 if device == "cpu" and n_pictures > 1 else n
        speeds.append(
            by_torch(pictures, device=device, n_pictures=n_pictures, n=times, clock=clock)
        )
    baseline_s = float(np.median(speeds[0].seconds)) / speeds[0].n_pictures
    lines = [
        "| what | n | s a picture | superpixels a second | times scikit-image |",
        "| --- | --: | --: | --: | --: |",
        *(speed.line(baseline_s) for speed in speeds),
        "",
        *_agreement_lines([compared(picture) for picture in pictures[:n_agree]]),
        f"The aim is {AIM:g} times scikit-image for a GPU at a batch of 32. {conditions(clock)}. "
        f"{commit_name()}, {machine_name()}, {utc_now()}. {versions_line()}.",
    ]
    typer.echo("\n".join(lines))


def _rows(batch: int) -> list[tuple[str, int]]:
    return [(device, 1 if n == 1 else batch) for device, n in ROWS]


def versions_line() -> str:
    """Versions of the named packages, for the line under a table."""
    return ", ".join(f"{name} {version}" for name, version in package_versions().items())


def load_pictures(folder: Path | None) -> Pictures:
    """(B, 768, 768, 3): all pictures of a folder, resized as `mark` does."""
    paths = sample_parts() if folder is None else sorted(folder.rglob("*"))
    side = DIVISION_SIDE_PX
    return np.stack(
        [
            resize_bilinear(load_rgb(path), width_px=side, height_px=side)
            for path in paths
            if path.suffix.lower() in SUFFIXES
        ]
    )


def compared(picture: Pictures) -> Agreement:
    """Torch's division of one picture against scikit-image's, both on the CPU."""
    return agreement(torch_labels(picture[None], "cpu")[0], _reference_labels(picture))


def by_scikit_image(pictures: Pictures, *, n: int, clock: str = "wall") -> Speed:
    """The row of the reference; pictures are divided one after the other.

    Args:
        pictures: (B, H, W, 3).
        n: repetitions.
        clock: see `clocks`.
    """

    def divide() -> list[Labels]:
        return [_reference_labels(picture) for picture in pictures]

    seconds, found = _repeated(divide, n=n, device="cpu", clock=clock)
    return Speed("scikit-image, CPU", seconds, _count(found), len(pictures))


def by_torch(
    pictures: Pictures, *, device: str, n_pictures: int, n: int, clock: str = "wall"
) -> Speed:
    """The row of a device and a batch; empty where the device is absent.

    Args:
        pictures: (B, H, W, 3).
        device: torch's name.
        n_pictures: of the batch; a folder with fewer fills it with some of them again.
        n: repetitions.
        clock: see `clocks`.
    """
    what = f"torch, {label_of(device)}, batch {n_pictures}"
    if not is_present(device):
        return Speed(what, (), 0, n_pictures)
    batch = pictures[np.arange(n_pictures) % len(pictures)]
    torch_labels(batch[:1], device)
    seconds, found = _repeated(lambda: torch_labels(batch, device), n=n, device=device, clock=clock)
    return Speed(what, seconds, _count(found), n_pictures)


def _repeated(
    divide: Callable[[], Sequence[Labels] | Labels], *, n: int, device: str, clock: str
) -> tuple[tuple[float, ...], Sequence[Labels] | Labels]:
    """Seconds of each of n divisions, and the last one's labels."""
    now = clock_of(clock, device)
    seconds: list[float] = []
    found: Sequence[Labels] | Labels = ()
    for _ in range(n):
        started = now()
        found = divide()
        wait_for(device)
        seconds.append(now() - started)
    return tuple(seconds), found


def torch_labels(batch: Pictures, device: str) -> Labels:
    """(B, H, W) labels of `mark`'s superpixels by torch."""
    from tools.regions.slic_torch import slic_labels

    return slic_labels(batch, n_segments=N_SEGMENTS, compactness=COMPACTNESS, device=device)


def _reference_labels(picture: Pictures) -> Labels:
    from skimage.segmentation import slic

    return np.asarray(slic(picture, n_segments=N_SEGMENTS, compactness=COMPACTNESS), np.int64)


def _count(batch: Sequence[Labels] | Labels) -> int:
    return sum(len(np.unique(labels)) for labels in batch)


def _agreement_lines(found: Sequence[Agreement]) -> list[str]:
    if not found:
        return []
    recalls = [one.boundary_recall for one in found]
    errors = [one.undersegmentation_error for one in found]
    ratios = [one.n_regions / one.n_reference_regions for one in found]
    return [
        f"| torch against scikit-image, {len(found)} pictures | mean | worst |",
        "| --- | --: | --: |",
        f"| boundary recall (2 px) | {np.mean(recalls):.4f} | {min(recalls):.4f} |",
        f"| undersegmentation error | {np.mean(errors):.4f} | {max(errors):.4f} |",
        f"| regions, ratio | {np.mean(ratios):.3f} | {max(ratios, key=lambda r: abs(r - 1)):.3f} |",
        "",
    ]


if __name__ == "__main__":
    typer.run(main)
