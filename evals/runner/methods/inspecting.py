"""Loupe's whole inspection, through its public face. Knows no metric."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.purse import BudgetSpent
from evals.datasets.records import DataSetError
from evals.runner.bench import Bench
from evals.runner.mind_calibrating import calibrate_on
from evals.runner.pictures import perturb_mask, perturbed_file
from evals.runner.plan import Group, Task
from evals.runner.products import ProductFolder, write_product
from evals.runner.reasons import Ending, ending_of, suite_budget_spent
from evals.runner.row_making import broken, make_row, save_map, unreadable
from evals.runner.rows import Row, Spent
from tools.errors import AssetError

if TYPE_CHECKING:
    from agent.run_folder import RunFolder
    from graphs.records import Inspection


async def inspect_group(group: Group, tasks: Sequence[Task], bench: Bench) -> AsyncIterator[Row]:
    """Inspect the samples of a group, `bench.concurrency` at once.

    The records stay in the run's folder; what a killed run had finished is taken from them.

    Raises:
        LoupeError: where nothing can be inspected at all: settings, product or home.
    """
    product = product_of(group, bench)
    run = run_of(group, bench)
    files, lost = query_files(group, tasks, bench)
    for task, error in lost:
        yield unreadable(group, task, error)
    async with aclosing(inspected(group, files, product, run=run, bench=bench)) as found:
        async for task, inspection in found:
            yield _row_or_why_not(group, task, inspection, run, bench)


def _row_or_why_not(
    group: Group, task: Task, inspection: Inspection, run: RunFolder, bench: Bench
) -> Row:
    """A truth that cannot be read stops no other sample."""
    try:
        return row_of(group, task, inspection, run, bench)
    except DataSetError as error:
        return broken(group, task, error)


def run_of(group: Group, bench: Bench) -> RunFolder:
    """The folder of a group's inspections."""
    from agent.run_folder import RunFolder

    return RunFolder(bench.out / "runs" / group.slug, resumed=not bench.again)


async def inspected(
    group: Group,
    files: dict[Path, list[Task]],
    product: ProductFolder | None,
    *,
    run: RunFolder,
    bench: Bench,
) -> AsyncGenerator[tuple[Task, Inspection], None]:
    """The inspection of each task as it is done; none for what the budget did not allow.

    Args:
        group: of the tasks.
        files: the tasks of each file.
        product: what is told; None where there is nothing to compare with.
        run: where the records stay.
        bench: of the suite's run.
    """
    from agent.inspector import Inspector

    home = product.home if product else bench.work / "homes" / "nothing-known"
    settings = bench.settings_for(group, home=home)
    name = product.name if product else None
    asked = {"product": name, "paths": [str(path) for path in files]}
    if product is not None and files:
        try:
            await calibrate_on(product, group, bench, settings=settings)
        except BudgetSpent:
            return
    async with Inspector(
        settings, run=run, chat=bench.chat_for(group.repeat), asked=asked
    ) as inspector:
        if product is not None:
            inspector.add_product(product.folder)
        async for inspection in inspector.inspect_many(_while_paid(files, bench), name):
            if suite_budget_spent(inspection):
                continue
            for task in files[Path(inspection.asset.path).resolve()]:
                yield task, inspection


def product_of(group: Group, bench: Bench) -> ProductFolder | None:
    """The product of a group; None where it is to be judged with nothing to compare with."""
    wanted = bench.suite.n_references(group.condition)
    if wanted == 0 and not group.material.per_place:
        return None
    return write_product(group.material, group.condition, n_references=wanted, work=bench.work)


def query_files(
    group: Group, tasks: Sequence[Task], bench: Bench
) -> tuple[dict[Path, list[Task]], list[tuple[Task, AssetError]]]:
    """The tasks of each file as their condition changes it, and those that cannot be read."""
    files: dict[Path, list[Task]] = {}
    lost = []
    for task in tasks:
        path, change = task.sample.path, group.condition.query
        try:
            changed = perturbed_file(path, change, folder=bench.work / "pictures")
        except AssetError as error:
            lost.append((task, error))
        else:
            files.setdefault(changed.resolve(), []).append(task)
    return files, lost


def _while_paid(files: dict[Path, list[Task]], bench: Bench) -> Iterator[Path]:
    """Paths, as long as the suite has money."""
    for path in files:
        if bench.purse.is_empty:
            return
        yield path


def row_of(group: Group, task: Task, inspection: Inspection, run: RunFolder, bench: Bench) -> Row:
    """The row of an inspection; its map is kept where the truth is known by pixel."""
    record = run.inspection_path(inspection.id)
    ending = ending_of(inspection, run.trace_path(inspection.id))
    more = what_it_says(inspection, ending)
    if record.is_file():
        more["record"] = record.relative_to(bench.out).as_posix()
    place = record.with_name("regions.npz")
    wanted = "pixel" in bench.suite.measures or "galleries" in bench.suite.figures
    if wanted and keep_region_map(inspection, group, task, place):
        more["anomaly_map"] = place.relative_to(bench.out).as_posix()
    return make_row(group, task, ending, shown=inspection.asset.path, **more)


def what_it_says(inspection: Inspection, ending: Ending) -> dict[str, Any]:
    """What a verdict says, by names of `Row`; nothing where the ending is a failure."""
    verdict, used = inspection.verdict, inspection.usage
    spent = Spent(
        calls=used.vlm_calls,
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cost_usd=used.cost_usd,
        seconds=sum(event.seconds for event in inspection.trace),
    )
    if ending.status == "failed":
        return {"spent": spent}
    return {
        "decision": verdict.decision,
        "raw_score": verdict.raw_score,
        "score": verdict.score,
        "sources": verdict.fusion,
        "boxes_xyxy": [region.box_xyxy for region in verdict.regions],
        "values": stability_of(inspection),
        "spent": spent,
    }


def stability_of(inspection: Inspection) -> dict[str, Any]:
    """Scores of one judgement asked in several ways, where it was."""
    for one in inspection.evidence:
        if one.tool == "stability":
            return {f"stability_{name}": value for name, value in one.values.items()}
    return {}


def keep_region_map(inspection: Inspection, group: Group, task: Task, path: Path) -> bool:
    """Keep the verdict's regions as a map: each at its score, 0 elsewhere.

    Only where a mask of the sample is known and something was decided.
    """
    import numpy as np

    known = task.sample.gt_mask is not None or not task.sample.gt_label
    if inspection.verdict.status == "failed" or not known or not inspection.asset.size:
        return False
    truth = task.sample.load_gt_mask()
    if truth is None:
        return False
    width, height = inspection.asset.size
    anomaly_map = np.zeros((height, width), dtype=np.float32)
    for region in inspection.verdict.regions:
        inside = region.full_mask(height_px=height, width_px=width)
        score = 1.0 if region.score is None else region.score
        anomaly_map[inside] = np.maximum(anomaly_map[inside], np.float32(score))
    save_map(path, anomaly_map, perturb_mask(truth, group.condition.query))
    return True
