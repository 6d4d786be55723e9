"""Failure modes that inspections name, against the labelled defect types. Knows no figures."""

import csv
from collections.abc import Iterator, Sequence

from evals.datasets import DataSetError, ImageSet, draw_splits
from evals.metrics import match_boxes
from evals.tables.answers import named_regions, ranked_modes, ranked_modes_of_finding
from evals.tables.causes_part import Named, measure_causes, measure_found
from evals.tables.loupe_runs import PCB, LoupeRuns
from evals.tables.pcb_pictures import PcbPicture
from evals.tables.product_folders import PRODUCTS
from evals.tables.records import Measure
from graphs.records import Inspection

LOUPE = "Loupe, embedded mind"


def measure_pcb_modes(
    pictures: Sequence[PcbPicture], inspections: Sequence[Inspection]
) -> Iterator[Measure]:
    """By place: modes of findings that hit a box; findings that hit none should name none."""
    modes = modes_of_labels(PCB)
    named: list[Named] = []
    n_boxes = n_hits = 0
    for picture, inspection in zip(pictures, inspections, strict=True):
        regions = named_regions(inspection)
        match = match_boxes(picture.boxes_xyxy, [region.box_xyxy for region in regions])
        defect_of = {region: picture.defects[box] for box, region in match.pairs}
        for index, region in enumerate(regions):
            expected = modes[defect_of[index]] if index in defect_of else None
            named.append(Named(expected, ranked_modes_of_finding(inspection, region.finding)))
        n_boxes, n_hits = n_boxes + match.n_boxes, n_hits + match.n_hits
    yield measure_found("DeepPCB boxes", n_found=n_hits, n_all=n_boxes, method=LOUPE)
    yield from measure_causes("DeepPCB regions", named, n_modes=len(modes), method=LOUPE)


def measure_tile_modes(image_set: ImageSet, runs: LoupeRuns, *, seed: int) -> Iterator[Measure]:
    """By picture: modes of all causes, likeliest first; normal tiles should name none."""
    modes = modes_of_labels(image_set.name)
    (split,) = draw_splits(image_set, n_draws=1, seed=seed)
    inspections = runs.inspect_split(image_set, split)
    samples = [image_set.samples[index] for index in split.test_indices]
    named = [
        Named(modes[sample.defect] if sample.defect else None, ranked_modes(inspection))
        for sample, inspection in zip(samples, inspections, strict=True)
    ]
    anomalous = [i for s, i in zip(samples, inspections, strict=True) if s.gt_label]
    n_found = sum(bool(inspection.verdict.findings) for inspection in anomalous)
    subject = "magnetic tiles"
    yield measure_found(subject, n_found=n_found, n_all=len(anomalous), method=LOUPE)
    yield from measure_causes(subject, named, n_modes=len(modes), method=LOUPE)


def modes_of_labels(product: str) -> dict[str, str]:
    """The failure mode's id for each labelled defect type, from the committed FMEA.

    The label of a data set is the id of its row, with hyphens for blanks and underscores.

    Raises:
        DataSetError: the product has no FMEA.
    """
    path = PRODUCTS / product / "fmea.csv"
    if not path.is_file():
        raise DataSetError(f"{path} does not exist; it lists the failure modes of {product}")
    with path.open(newline="", encoding="utf-8") as stream:
        ids = [row["id"] for row in csv.DictReader(stream)]
    return {label: label for label in ids} | {one.replace("-", "_"): one for one in ids}
