"""The plain baseline on the same samples and references. Knows no metric."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

from evals.baselines.pixel_difference import PixelDifference
from evals.runner.bench import Bench
from evals.runner.methods.side_by_side import side_by_side
from evals.runner.pictures import perturb_mask, perturbed_file
from evals.runner.plan import Group, Task
from evals.runner.products import reference_files
from evals.runner.reasons import Ending
from evals.runner.row_making import make_row, map_place, save_map, unreadable
from evals.runner.rows import Row
from tools.arrays import UInt8Image
from tools.assets import open_picture
from tools.errors import AssetError

SIDE_PX = 256


async def difference_group(group: Group, tasks: Sequence[Task], bench: Bench) -> AsyncIterator[Row]:
    """Score the samples of a group by the pixel difference to the nearest reference.

    The decision is anomalous above the highest score of a reference among the others; with a single
    reference there is none, and so no decision but a review.
    """
    paths = await asyncio.to_thread(
        reference_files,
        group.material,
        group.condition,
        n_references=bench.suite.n_references(group.condition),
        work=bench.work,
    )
    references = await asyncio.to_thread(lambda: [_read(path) for path in paths])
    threshold = await asyncio.to_thread(_threshold, references)
    baseline = PixelDifference(references, side_px=SIDE_PX) if references else None
    work = partial(_in_thread, group, bench, baseline, threshold)
    async for row in side_by_side(tasks, work, group=group, bench=bench):
        yield row


async def _in_thread(
    group: Group,
    bench: Bench,
    baseline: PixelDifference | None,
    threshold: float | None,
    task: Task,
) -> Row:
    return await asyncio.to_thread(_scored, group, bench, baseline, threshold, task)


def _scored(
    group: Group,
    bench: Bench,
    baseline: PixelDifference | None,
    threshold: float | None,
    task: Task,
) -> Row:
    if baseline is None:
        return make_row(group, task, Ending("decided"), decision="review")
    change = group.condition.query
    try:
        path = perturbed_file(task.sample.path, change, folder=bench.work / "pictures")
        found = baseline.score(_read(path))
    except AssetError as error:
        return unreadable(group, task, error)
    place = ""
    truth = task.sample.load_gt_mask() if "pixel" in bench.suite.measures else None
    if truth is not None:
        place = map_place(group, task, bench.out)
        save_map(bench.out / place, found.anomaly_map, perturb_mask(truth, change))
    decision = "review"
    if threshold is not None:
        decision = "anomalous" if found.raw_score > threshold else "normal"
    return make_row(
        group,
        task,
        Ending("decided"),
        decision=decision,
        raw_score=found.raw_score,
        shown=str(path),
        anomaly_map=place,
    )


def _threshold(references: Sequence[UInt8Image]) -> float | None:
    """The highest score of a reference that the others give; None where there is no other."""
    if len(references) < 2:
        return None
    return max(
        PixelDifference([*references[:i], *references[i + 1 :]], side_px=SIDE_PX)
        .score(image)
        .raw_score
        for i, image in enumerate(references)
    )


def _read(path: Path) -> UInt8Image:
    picture = open_picture(path)
    return picture.read(picture.window_xyxy)
