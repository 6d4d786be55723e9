"""Writes the pages of a run folder from what lies in it. Opens no home and asks nothing anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent.report.asset_panels import asset_panels
from agent.report.inspection_page import Material, inspection_page
from agent.report.pictures import LARGE_PX, PageBook, Shot, file_shot, shot_of
from agent.run_folder import RunFolder, write_atomically
from agent.trace import NO_TRACE, Trace, read_trace
from graphs.records import Inspection
from knowledge.layout import Layout
from knowledge.records import Product
from tools.artifacts import ArtifactFolder
from tools.assets.several import SUFFIX
from tools.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.asset_ports import AssetPort
    from tools.ports import ArtifactPort

INDEX = "../../report.html"
"""The run's page, seen from an inspection's."""


def write_inspection_page(
    run: RunFolder,
    inspection: Inspection,
    *,
    product: Product | None = None,
    artifacts: ArtifactPort | None = None,
    document: dict[str, Any] | None = None,
    asset: AssetPort | None = None,
    trace: Trace | None = None,
) -> Path:
    """Write the page of one inspection; gives its path.

    Args:
        run: that it belongs to.
        inspection: its record.
        product: as it is known now; kept in the run, so that the page can be made again. None:
            as the run kept it.
        artifacts: of the run, where somebody has them in memory.
        document: what `run.json` says; read where None.
        asset: that was inspected, where it is still open.
        trace: of the inspection, where somebody has it in memory; read where None.

    Raises:
        AssetError: where the trace is there and is none.
        SettingsError: where `run.json` cannot be read.
    """
    product = _known_product(run, inspection, product)
    kept = artifacts or ArtifactFolder(run.artifacts)
    book = PageBook(kept)
    document = run.read_run() if document is None else document
    folder = run.report_path(inspection.id).parent
    panels = asset_panels(inspection, asset, folder=folder, artifacts=kept)
    material = Material(
        inspection=inspection,
        book=book,
        trace=_kept_trace(run, inspection) if trace is None else trace,
        product=product,
        reference=_reference(inspection, product, book, home=Path(document["settings"]["home"])),
        settings=document["settings"],
        versions=document.get("versions", {}),
        panels=[one.html for one in panels],
        index=INDEX if run.report_path().is_file() else "",
    )
    path = run.report_path(inspection.id)
    for name, page in ((name, page) for one in panels for name, page in one.pages.items()):
        write_atomically(path.with_name(name), page.encode())
    write_atomically(path, inspection_page(material).encode())
    return path


def _kept_trace(run: RunFolder, inspection: Inspection) -> Trace:
    path = run.trace_path(inspection.id)
    return read_trace(path) if path.is_file() else NO_TRACE


def write_pages(
    run: RunFolder, asset: str | None = None, *, tell: Callable[[int, int], object] | None = None
) -> list[Path]:
    """Make the pages of a run again: of every inspection, or of one; and the run's own.

    Args:
        run: whose inspections are told.
        asset: id, or name of its file; None for all.
        tell: is told how many are done, and of how many.

    Returns:
        Their paths, the run's own first.

    Raises:
        AssetError: where the run holds no such inspection, or a record that cannot be read.
    """
    from agent.kept_runs import inspections_of

    found = [inspection for _, inspection in inspections_of(run, asset)]
    document, paths = run.read_run(), [write_index(run, all_have_pages=True)]
    for number, inspection in enumerate(found, 1):
        paths.append(write_inspection_page(run, inspection, document=document))
        if tell:
            tell(number, len(found))
    return paths


def write_index(run: RunFolder, *, all_have_pages: bool = False) -> Path:
    """Write the page of a run, from the records of its inspections; gives its path.

    Args:
        run: whose inspections are told.
        all_have_pages: whether those that have no page yet will have one, and are linked.

    Raises:
        AssetError: where there is no inspection, or a record that cannot be read.
        SettingsError: where `run.json` cannot be read.
    """
    from agent.kept_runs import inspections_of
    from agent.report.run_page import Summary, run_page

    summaries = [
        Summary.of(
            inspection,
            folder=path.parent.name,
            has_page=all_have_pages or run.report_path(path.parent.name).is_file(),
        )
        for path, inspection in inspections_of(run)
    ]
    index = run.report_path()
    write_atomically(index, run_page(run.root.name, run.read_run(), summaries).encode())
    return index


def keep_product(run: RunFolder, product: Product) -> None:
    """Keep a product as it is known now; does nothing where it is kept so already."""
    path = run.product_path(product.name)
    text = product.model_dump_json(indent=2).encode() + b"\n"
    if not path.is_file() or path.read_bytes() != text:
        write_atomically(path, text)


def kept_product(run: RunFolder, name: str) -> Product | None:
    """A product as the run kept it; None where it did not, or the file was spoilt."""
    try:
        return Product.model_validate_json(run.product_path(name).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _known_product(
    run: RunFolder, inspection: Inspection, product: Product | None
) -> Product | None:
    if product is not None:
        keep_product(run, product)
        return product
    return None if inspection.product is None else kept_product(run, inspection.product)


def _reference(
    inspection: Inspection, product: Product | None, book: PageBook, *, home: Path
) -> Shot | None:
    """The nearest reference: as a mind was shown it, else as the home keeps it by its digest."""
    recall = inspection.recall
    if recall.reference_artifacts:
        return book.shot(recall.reference_artifacts[0], max_side_px=LARGE_PX)
    if product is None or not recall.references:
        return None
    known = next((one for one in product.references if one.id == recall.references[0]), None)
    if known is None:
        return None
    suffix = SUFFIX if known.modality == "several" else Path(known.path).suffix.lower()
    path = Layout(home / "knowledge").pictures / f"{known.sha256}{suffix}"
    return file_shot(path) if known.modality == "image" else _overview_shot(path)


def _overview_shot(path: Path) -> Shot | None:
    """All pictures of a kept reference at one glance; None where it cannot be read any more."""
    from tools.assets.opening import open_asset
    from tools.assets.overview import overview

    try:
        return shot_of(overview(open_asset(path)), max_side_px=LARGE_PX)
    except AssetError:
        return None
