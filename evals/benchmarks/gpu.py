"""Every figure that wants a GPU, in one go: ``python -m evals.benchmarks.gpu --out FILE``.

Weights are random at the released sizes. Where the device is absent, or a package that a part
needs, its cells stay empty and the table says why. With ``--tiny --device cpu`` the same code runs
in seconds, for a test before a machine is lent. Figures of one machine at one moment; tests assert
none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Annotated, NamedTuple

import numpy as np
import typer

from evals.benchmarks.clocks import is_present
from evals.benchmarks.superpixels import AIM, Pictures, load_pictures, versions_line
from evals.tables.provenance import commit_name, machine_name, utc_now

NOT_HERE = "no such device is here"


class Plan(NamedTuple):
    """What is measured, and how large."""

    device: str
    batch: int = 32
    n: int = 10
    layers: int = 26
    side_px: int = 384
    sam: str = "vit-b"
    points: int = 32
    n_pictures: int = 12
    tiny: bool = False


TINY = Plan("cpu", 2, 1, 5, 28, "tiny", 2, 2, tiny=True)


class Figure(NamedTuple):
    """One row; no value where it was not measured."""

    what: str
    unit: str
    value: float | None = None
    aim: str = ""
    why: str = ""
    """Why there is no value."""

    def line(self) -> str:
        """The row as Markdown."""
        value = "" if self.value is None else f"{self.value:.4g}"
        return f"| {self.what} | {value} | {self.unit} | {self.aim} |"


def main(
    device: Annotated[str, typer.Option(help="torch's name.")] = "cuda",
    out: Annotated[
        Path | None, typer.Option(help="File of the table; stdout alone if unset.")
    ] = None,
    tiny: Annotated[bool, typer.Option("--tiny", help="Sizes that any CPU can.")] = False,
) -> None:
    """Measure expert, superpixels, SAM and micro-batching on a device, and its agreement."""
    plan = (TINY if tiny else Plan(device))._replace(device=device)
    started = perf_counter()
    figures = measured(plan)
    reasons = dict.fromkeys(figure.why for figure in figures if figure.why)
    lines = [
        f"| {device} | value | unit | aim |",
        "| --- | --: | --- | --- |",
        *(figure.line() for figure in figures),
        "",
        *(f"Empty cells: {reason}." for reason in reasons),
        f"{plan.layers} layers, crops of {plan.side_px} px, SAM {plan.sam}, n = {plan.n}, "
        f"{perf_counter() - started:.0f} s in all. {device_name(device)}, {commit_name()}, "
        f"{machine_name()}, {utc_now()}. {versions_line()}.",
    ]
    text = "\n".join(lines)
    typer.echo(text)
    if out is not None:
        out.write_text(text + "\n", "utf-8")


def device_name(device: str) -> str:
    """As torch calls it."""
    if device == "cpu" or not is_present(device):
        return device
    import torch

    return torch.cuda.get_device_name(device)


def measured(plan: Plan) -> list[Figure]:
    """All rows; those of an absent device or package are empty."""
    return [figure for part in PARTS.values() for figure in of_part(part, plan)]


class Part(NamedTuple):
    """Rows that are measured together."""

    rows: Callable[[Plan], list[Figure]]
    """Without values."""
    measure: Callable[[Plan], list[float]]
    """A value for each row."""


def of_part(part: Part, plan: Plan) -> list[Figure]:
    """The rows of a part; empty with the reason where something that it needs is not here."""
    rows = part.rows(plan)
    if not is_present(plan.device):
        return [row._replace(why=NOT_HERE) for row in rows]
    try:
        values = part.measure(plan)
    except ModuleNotFoundError as error:
        return [row._replace(why=f"{error.name} is not installed here") for row in rows]
    return [row._replace(value=value) for row, value in zip(rows, values, strict=True)]


def _pictures(plan: Plan) -> Pictures:
    step = 6 if plan.tiny else 1
    return np.ascontiguousarray(load_pictures(None)[: plan.n_pictures, ::step, ::step])


def _expert_rows(plan: Plan) -> list[Figure]:
    return [
        row
        for n_pictures in (1, plan.batch)
        for row in (
            Figure(f"expert and tower, batch {n_pictures}", "pictures a second"),
            Figure(f"bare tower, batch {n_pictures}", "pictures a second"),
            Figure(f"the expert adds, batch {n_pictures}", "%", aim="at most 5"),
        )
    ]


def _expert(plan: Plan) -> list[float]:
    from evals.benchmarks.expert import against_tower
    from evals.benchmarks.random_expert import NARROW, random_expert
    from tools.experts.backbones.siglip_weights import SO400M

    sizes = NARROW if plan.tiny else SO400M
    expert = random_expert(plan.device, layers=plan.layers, side_px=plan.side_px, sizes=sizes)
    values: list[float] = []
    for n_pictures in (1, plan.batch):
        rate = against_tower(expert, plan.device, n_pictures=n_pictures, n=plan.n)
        ours, bare = float(np.median(rate.seconds)), float(np.median(rate.bare_seconds))
        values += [n_pictures / ours, n_pictures / bare, rate.added]
    return values


def _agreement_rows(plan: Plan) -> list[Figure]:
    return [
        Figure("score of the expert, device against CPU", "largest difference"),
        Figure("map of the expert, device against CPU", "mean difference"),
        Figure("superpixels, device against CPU", "boundary recall (2 px), worst", aim="1"),
    ]


def _agreement(plan: Plan) -> list[float]:
    from evals.benchmarks.random_expert import NARROW, random_expert
    from evals.benchmarks.superpixels import torch_labels
    from evals.metrics.superpixels import agreement
    from tools.experts.backbones.siglip_weights import SO400M

    shown = _pictures(plan)
    # Six layers, for the CPU's sake; the seed is the same, so the weights are.
    layers = min(plan.layers, 6)
    sizes = NARROW if plan.tiny else SO400M
    here, there = (
        random_expert(device, layers=layers, side_px=plan.side_px, sizes=sizes).judge_together(
            list(shown)
        )
        for device in ("cpu", plan.device)
    )
    pairs = list(zip(here, there, strict=True))
    labels = zip(torch_labels(shown, plan.device), torch_labels(shown, "cpu"), strict=True)
    return [
        max(abs(one.raw_score - other.raw_score) for one, other in pairs),
        float(np.mean([np.abs(o.anomaly_map - p.anomaly_map).mean() for o, p in pairs])),
        min(agreement(one, other).boundary_recall for one, other in labels),
    ]


def _superpixel_rows(plan: Plan) -> list[Figure]:
    aim = f"at least {AIM:g}"
    return [
        Figure("scikit-image on the CPU", "superpixels a second"),
        Figure("torch, batch 1", "superpixels a second"),
        Figure(f"torch, batch {plan.batch}", "superpixels a second"),
        Figure(f"torch at batch {plan.batch} against scikit-image", "times", aim=aim),
    ]


def _superpixels(plan: Plan) -> list[float]:
    from evals.benchmarks.superpixels import by_scikit_image, by_torch

    pictures = _pictures(plan)
    speeds = [
        by_scikit_image(pictures[:4], n=min(plan.n, 3)),
        *(
            by_torch(pictures, device=plan.device, n_pictures=n_pictures, n=plan.n)
            for n_pictures in (1, plan.batch)
        ),
    ]
    rates = [speed.n_superpixels / float(np.median(speed.seconds)) for speed in speeds]
    return [*rates, rates[2] / rates[0]]


def _sam_rows(plan: Plan) -> list[Figure]:
    return [
        Figure("SAM, first prompt on a picture", "s"),
        Figure("SAM, next prompt", "s"),
        Figure(f"SAM, everything by {plan.points**2} points", "s"),
    ]


def _sam(plan: Plan) -> list[float]:
    from evals.benchmarks.segmentation import measured as measure_sam
    from tools.regions.sam import EverythingSettings

    settings = EverythingSettings(points_per_side=plan.points)
    row = measure_sam(None, plan.sam, plan.device, _pictures(plan)[0], settings=settings)
    return [value or 0.0 for value in (row.first_s, row.again_s, row.everything_s)]


def _batched_rows(plan: Plan) -> list[Figure]:
    return [
        Figure("8 inspections at once, batches of one", "inspections a second"),
        Figure("8 inspections at once, micro-batched", "inspections a second"),
        Figure("crops in a pass of the tower, micro-batched", "mean"),
    ]


def _batched(plan: Plan) -> list[float]:
    from evals.benchmarks.batched import gain_of
    from evals.benchmarks.random_expert import NARROW
    from tools.experts.backbones.siglip_weights import SO400M

    sizes = NARROW if plan.tiny else SO400M
    gain = gain_of(
        plan.device,
        n=min(plan.n, 3),
        layers=plan.layers,
        side_px=plan.side_px,
        n_parts=2 if plan.tiny else 8,
        sizes=sizes,
    )
    walls = [
        float(np.median([one.wall_s for one in passes])) for passes in (gain.alone, gain.batched)
    ]
    crops = [n for one in gain.batched for n in one.crops]
    return [*(gain.n_inspections / wall for wall in walls), float(np.mean(crops))]


PARTS: Mapping[str, Part] = {
    "expert": Part(_expert_rows, _expert),
    "agreement": Part(_agreement_rows, _agreement),
    "superpixels": Part(_superpixel_rows, _superpixels),
    "sam": Part(_sam_rows, _sam),
    "batched": Part(_batched_rows, _batched),
}


if __name__ == "__main__":
    typer.run(main)
