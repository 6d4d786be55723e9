"""An oracle that answers from the masks: the ceiling of a division by Text2Segmentation.

Its answer is written in the published form and read as a model's is, so that the whole chain but
the model is measured. Knows no metric.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from evals.runner.bench import Bench
from evals.runner.divisions import SIDE_PX, divide_file, oracle_answer, painted
from evals.runner.methods.side_by_side import side_by_side
from evals.runner.pictures import perturb_mask, perturbed_file
from evals.runner.plan import Group, Task
from evals.runner.reading import HALF
from evals.runner.reasons import Ending
from evals.runner.row_making import make_row, map_place, resized_mask, save_map, unreadable
from evals.runner.rows import Row
from tools.errors import AssetError
from tools.text_to_segmentation import parse_answer


async def answer_group(group: Group, tasks: Sequence[Task], bench: Bench) -> AsyncIterator[Row]:
    """Divide, answer and paint the samples of a group.

    Raises:
        SettingsError: the division is by SAM, whose weights are not there.
    """

    async def work(task: Task) -> Row:
        return await asyncio.to_thread(_answered, group, task, bench)

    async for row in side_by_side(tasks, work, group=group, bench=bench):
        yield row


def _answered(group: Group, task: Task, bench: Bench) -> Row:
    condition = group.condition
    folder = bench.work / "pictures"
    try:
        path = perturbed_file(task.sample.path, condition.query, folder=folder)
        divided = divide_file(path, condition.division, bench.segmenter)
    except AssetError as error:
        return unreadable(group, task, error)
    truth = task.sample.load_gt_mask()
    if truth is None:
        return make_row(group, task, Ending("failed", "instrument_failed", "it has no mask"))
    truth = perturb_mask(truth, condition.query)
    shown = resized_mask(truth, height_px=SIDE_PX, width_px=SIDE_PX)
    text = oracle_answer(divided, shown, condition.oracle)
    answer = parse_answer(text, range(1, 1 + len(divided.masks)))
    image_score = answer.image_score or 0.0
    place = map_place(group, task, bench.out)
    save_map(bench.out / place, painted(divided, answer.region_scores), truth)
    return make_row(
        group,
        task,
        Ending("decided"),
        decision="anomalous" if image_score >= HALF else "normal",
        raw_score=image_score,
        score=image_score,
        answer=text,
        shown=str(path),
        anomaly_map=place,
        values={"n_regions": len(divided.masks)},
    )
