"""Writes what an inspection leaves behind: overlay, case, page, record. Knows no graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.run_folder import RunFolder
    from agent.trace import TraceWriter
    from agent.workshop import Workshop
    from graphs.inspection.context import Context
    from graphs.records import Inspection


def keep_inspection(
    inspection: Inspection,
    context: Context,
    *,
    trace: TraceWriter,
    run: RunFolder,
    workshop: Workshop,
    question: str,
) -> None:
    """Write everything of an inspection that was decided, the record last.

    The record says that all is done: whoever goes on with a run makes the rest again without it.

    Args:
        inspection: what was decided.
        context: that it was decided in; its pictures are still open.
        trace: of the inspection, as it was written.
        run: where it goes.
        workshop: whose store keeps cases and knows the product.
        question: digest of what was asked.
    """
    from agent.cases import keep_case
    from agent.pictures import write_overlay
    from agent.report.files import keep_product, write_inspection_page

    verdict = inspection.verdict
    is_told = verdict.decision != "normal" or verdict.status != "decided"
    path = inspection.asset.path
    asset = context.pictures.open(path, max_pixels=context.max_pixels)
    image_hwc = context.pictures.overview(path, max_pixels=context.max_pixels)
    product = None if inspection.product is None else workshop.store.product(inspection.product)
    scale = product.mm_per_px if product else None
    keep_case(inspection, image_hwc, store=workshop.store, which=workshop.settings.keep_cases)
    if is_told or workshop.settings.pages == "all":
        write_overlay(inspection, asset, run.overlay_path(inspection.id), mm_per_px=scale)
        write_inspection_page(
            run,
            inspection,
            product=product,
            artifacts=context.artifacts,
            asset=asset,
            trace=trace.told(),
        )
    elif product is not None:
        keep_product(run, product)
    run.write_inspection(inspection.id, inspection, question=question)


def keep_failure(failed: Inspection, *, run: RunFolder) -> None:
    """Write the record and the page of an inspection that broke down; none of one that waits."""
    from agent.purse import UNDONE
    from agent.report.files import write_inspection_page

    if failed.verdict.reason.startswith(UNDONE):
        return
    run.write_inspection(failed.id, failed)
    write_inspection_page(run, failed)
