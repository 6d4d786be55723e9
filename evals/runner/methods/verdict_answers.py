"""A prompt that meets the embedded mind, which reads none: Loupe's own verdict answers it.

The references and rules that the prompt shows and tells are the product's; what it says besides
changes nothing, so conditions that differ in words alone have the same answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, NamedTuple

from evals.datasets.records import DataSetError
from evals.runner.bench import Bench
from evals.runner.divisions import Divided, divide_file, painted
from evals.runner.methods.inspecting import inspected, query_files, run_of, what_it_says
from evals.runner.pictures import perturb_mask, perturbed_file
from evals.runner.plan import Group, Task
from evals.runner.products import ProductFolder, write_product
from evals.runner.reading import BETWEEN, expected_of
from evals.runner.reasons import Ending, ending_of
from evals.runner.row_making import broken, make_row, map_place, save_map, unreadable
from evals.runner.rows import Row
from evals.runner.verdict_words import ANSWERED_FROM, Told, chosen, rated, sentence, story
from evals.suites.records import Asking, Knowledge
from tools.text_to_segmentation import parse_answer

if TYPE_CHECKING:
    from agent.run_folder import RunFolder
    from graphs.records import Inspection

TOLD_BY: dict[str, Knowledge] = {
    "{cls}": "descriptor",
    "{description}": "descriptor",
    "{rule}": "rules",
    "{ignore}": "rules",
}
"""What of a product a field of a prompt tells."""
WORDS_ALONE = ("text", "choice")
"""Answers that are no judgement of the picture as a whole."""


class _Telling(NamedTuple):
    """What answering the prompts of a group needs."""

    group: Group
    bench: Bench
    asking: Asking
    run: RunFolder


async def tell_group(
    group: Group, tasks: Sequence[Task], bench: Bench, asking: Asking
) -> AsyncGenerator[Row, None]:
    """Inspect the samples of a group and answer from the verdicts.

    Raises:
        LoupeError: where nothing can be inspected at all, or SAM is to divide and is not there.
    """
    telling = _Telling(group, bench, asking, run_of(group, bench))
    files, lost = query_files(group, tasks, bench)
    for task, error in lost:
        yield unreadable(group, task, error)
    product = product_told(group, bench, asking)
    found = inspected(group, files, product, run=telling.run, bench=bench)
    async with aclosing(found):
        async for task, inspection in found:
            yield await asyncio.to_thread(_row_or_why_not, telling, task, inspection)


def product_told(group: Group, bench: Bench, asking: Asking) -> ProductFolder | None:
    """The product as the prompt shows and tells it; None where it shows no reference."""
    n_shown = asking.shows.count("reference")
    if not n_shown:
        return None
    told = dict.fromkeys(kind for field, kind in TOLD_BY.items() if field in asking.prompt)
    condition = group.condition.model_copy(update={"knowledge": list(told)})
    return write_product(group.material, condition, n_references=n_shown, work=bench.work)


def _row_or_why_not(telling: _Telling, task: Task, inspection: Inspection) -> Row:
    try:
        return _row(telling, task, inspection)
    except DataSetError as error:
        return broken(telling.group, task, error)


def _row(telling: _Telling, task: Task, inspection: Inspection) -> Row:
    group, bench, asking, run = telling
    record = run.inspection_path(inspection.id)
    ending = ending_of(inspection, run.trace_path(inspection.id))
    said = what_it_says(inspection, ending)
    more: dict[str, Any] = {
        "asked": BETWEEN.join(one.text for one in task.questions),
        "expected": expected_of(task.questions, asking),
        "record": record.relative_to(bench.out).as_posix() if record.is_file() else "",
        "shown": inspection.asset.path,
    }
    if ending.status == "failed":
        return make_row(group, task, ending, **more, **said)
    noted: dict[str, Any] = {"answered_from": ANSWERED_FROM}
    if task.questions:
        noted["question_kind"] = task.questions[0].kind
    if asking.reads == "region_scores":
        more |= said | {"values": noted}
        return _of_regions(telling, task, inspection, ending, more)
    told = _told(asking, task, inspection)
    if told.declined:
        ending, said = Ending("failed", "refused", told.declined), {"spent": said["spent"]}
    if asking.reads in WORDS_ALONE:
        said = {"spent": said["spent"]}
    return make_row(group, task, ending, **more, **said | {"answer": told.text, "values": noted})


def _told(asking: Asking, task: Task, inspection: Inspection) -> Told:
    """The answer in words; of a conversation the same in every turn, for no question is read."""
    if asking.reads == "choice":
        return chosen(inspection, *task.questions[:1])
    if asking.reads == "text":
        return Told(BETWEEN.join([story(inspection.verdict)] * max(1, len(task.questions))))
    return Told(sentence(inspection.verdict))


def _of_regions(
    telling: _Telling,
    task: Task,
    inspection: Inspection,
    ending: Ending,
    said: dict[str, Any],
) -> Row:
    """The row of a divided picture; the answer is read as a model's, for the map alone."""
    group, bench, asking, _ = telling
    change, folder = group.condition.query, bench.work / "pictures"
    path = perturbed_file(task.sample.path, change, folder=folder)
    divided = divide_file(path, asking.division, bench.segmenter)
    text = rated(inspection, divided.masks)
    place = _keep_map(telling, task, divided, text)
    values = said["values"] | {"n_regions": len(divided.masks)}
    given = said | {"answer": text, "values": values, "anomaly_map": place}
    return make_row(group, task, ending, **given)


def _keep_map(telling: _Telling, task: Task, divided: Divided, text: str) -> str:
    """Keep what is said of regions as a map; empty where nothing is said, or no truth is known."""
    truth = task.sample.load_gt_mask()
    if truth is None or not text:
        return ""
    group, bench = telling.group, telling.bench
    scores = parse_answer(text, range(1, 1 + len(divided.masks))).region_scores
    place = map_place(group, task, bench.out)
    save_map(
        bench.out / place, painted(divided, scores), perturb_mask(truth, group.condition.query)
    )
    return place
