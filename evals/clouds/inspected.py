"""The same clouds through ``loupe knowledge add`` and ``loupe inspect``. Knows no expert.

The score of a cloud is the verdict's, the called points are those of its regions, so the figures
are what a person gets who inspects with one reference and no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.clouds.outcomes import Outcome, iou_of
from evals.clouds.planted import Case, write_ply
from evals.tables.command_line import CommandError, CommandLine
from graphs.records import Inspection
from tools.records import PointExtent

METHOD = "loupe inspect"


def inspected(
    name: str, reference_n3: NDArray[np.float64], cases: Sequence[Case], folder: Path
) -> list[Outcome]:
    """Add a product with one reference and inspect the cases.

    Args:
        name: of the scan.
        reference_n3: points of the normal scan.
        cases: to inspect.
        folder: for the home, the product and the clouds.

    Raises:
        CommandError: a command failed, or a cloud was not decided.
    """
    product = name.replace(" ", "-")
    (folder / product / "references").mkdir(parents=True)
    write_ply(folder / product / "references" / "golden.ply", reference_n3)
    (folder / product / "product.yaml").write_text(
        f"name: {product}\ndescriptor: A scan of a {name}.\n", encoding="utf-8"
    )
    paths = [
        write_ply(folder / f"{number:03d}.ply", one.points_n3) for number, one in enumerate(cases)
    ]
    loupe = CommandLine(folder / "home", global_options=())
    loupe.add_product(folder / product)
    found = loupe.inspect(paths, product=product, options=[], out=folder / "inspections.jsonl")
    return [_outcome(found[path], one) for path, one in zip(paths, cases, strict=True)]


def _outcome(inspection: Inspection, one: Case) -> Outcome:
    verdict = inspection.verdict
    if verdict.score is None:
        raise CommandError(f"{one.kind} of {one.size:g} was not decided: {verdict.reason}")
    called = np.zeros(len(one.points_n3), dtype=np.bool_)
    for region in verdict.regions:
        if isinstance(region.source, PointExtent):
            called[region.source.point_indices] = True
    return Outcome(METHOD, one.kind, one.size, verdict.score, iou_of(called, one.is_defect_n))
