"""Failure modes that inspections name, against the labelled defect types. Knows no figures."""

import csv
from collections.abc import Iterator, Sequence

from evals.datasets import DataSetError, ImageSet, TemplatePair, first_split
from evals.metrics import match_boxes
from evals.tables.answers import named_regions, ranked_modes, ranked_modes_of_finding
from evals.tables.causes_part import Named, measure_causes, measure_found
from evals.tables.loupe_runs import PCB, LoupeRuns
from evals.tables.pcb_pictures import PcbPicture
from evals.tables.product_folders import PRODUCTS
from evals.tables.records import Measure
from graphs.records import Inspection

LOUPE = "Loupe, embedded mind"

MODE_OF_LABEL: dict[str, dict[str, str]] = {
    "deeppcb": {
        "open": "open circuit",
        "short": "short circuit",
        "mousebite": "mouse bite",
        "spur": "spur",
        "copper": "surplus copper",
        "pin-hole": "pin-hole",
    },
    "magnetic_tile": {name: name for name in ("blowhole", "crack", "break", "fray", "uneven")},
}
"""By product: the mode of the FMEA that each labelled defect type is."""


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


def measure_pcb_none(
    pairs: Sequence[TemplatePair], pictures: Sequence[PcbPicture], runs: LoupeRuns
) -> Iterator[Measure]:
    """How often none is named where the FMEA lacks the mode, each half of the modes left out once.

    Every second test picture is inspected with each half.
    """
    modes = modes_of_labels(PCB)
    asked = [picture for picture in pictures if picture.gt_label][::2]
    labels = sorted(modes)
    named: list[Named] = []
    for omitted in (labels[::2], labels[1::2]):
        inspections = runs.inspect_pcb(pairs, asked, omit_modes=[modes[one] for one in omitted])
        for picture, inspection in zip(asked, inspections, strict=True):
            regions = named_regions(inspection)
            match = match_boxes(picture.boxes_xyxy, [region.box_xyxy for region in regions])
            named += [
                Named(None, ranked_modes_of_finding(inspection, regions[region].finding))
                for box, region in match.pairs
                if picture.defects[box] in omitted
            ]
    subject = "DeepPCB regions, their mode taken out of the FMEA"
    yield from measure_causes(subject, named, n_modes=len(modes), method=LOUPE)


def measure_tile_modes(
    image_set: ImageSet, runs: LoupeRuns, *, seed: int, every: int = 1
) -> Iterator[Measure]:
    """By picture: modes of all causes, likeliest first; normal tiles should name none."""
    modes = modes_of_labels(image_set.name)
    split = first_split(image_set, seed=seed, every=every)
    inspections = runs.inspect_split(image_set, split)
    samples = [image_set.samples[index] for index in split.test_indices]
    named = [
        Named(modes[sample.defect_type] if sample.defect_type else None, ranked_modes(inspection))
        for sample, inspection in zip(samples, inspections, strict=True)
    ]
    anomalous = [i for s, i in zip(samples, inspections, strict=True) if s.gt_label]
    n_found = sum(bool(inspection.verdict.findings) for inspection in anomalous)
    subject = "magnetic tiles"
    yield measure_found(subject, n_found=n_found, n_all=len(anomalous), method=LOUPE)
    yield from measure_causes(subject, named, n_modes=len(modes), method=LOUPE)


def modes_of_labels(product: str) -> dict[str, str]:
    """The failure mode's id for each labelled defect type, from the committed FMEA.

    Raises:
        DataSetError: the product has no FMEA, or it lacks a mode of the labels.
    """
    path = PRODUCTS / product / "fmea.csv"
    if not path.is_file():
        raise DataSetError(f"{path} does not exist; it lists the failure modes of {product}")
    with path.open(newline="", encoding="utf-8") as stream:
        ids = {row["mode"]: row["id"] for row in csv.DictReader(stream)}
    wanted = MODE_OF_LABEL[product]
    absent = sorted(set(wanted.values()) - set(ids))
    if absent:
        raise DataSetError(f"{path} has no mode {absent[0]!r}")
    return {label: ids[mode] for label, mode in wanted.items()}
