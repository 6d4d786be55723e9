"""Failure modes, causes and remediation of inspections, judged against the product's FMEA.

Read from the inspections' records, for products whose labelled defect types are rows of a committed
FMEA. Knows no mind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evals.metrics import (
    Interval,
    chance_at_k,
    explanation_quality,
    failure_mode_quality,
    match_boxes,
)
from evals.metrics.explanations import Case, Told
from evals.results.records import Cell, Results, says_of_the_mind
from evals.results.rescoring import RECORD, RescoreError
from evals.runner.committed import failure_modes_of
from evals.runner.rows import Row
from evals.tables.answers import (
    mode_of_cause,
    named_regions,
    ranked_modes,
    ranked_modes_of_finding,
)
from evals.tables.records import Measure
from graphs.records import Cause, Inspection, Remediation
from knowledge.records import FailureMode

MODES = "failure modes named"
EXPLAINED = "causes and remediation against the FMEA"
CHANCE = "chance"


class Explained(NamedTuple):
    """One defect, or one normal place, and what was said of it."""

    expected: FailureMode | None
    """None where the FMEA lists none: a normal part, or a finding that hits no defect."""
    ranked: Sequence[str]
    """Ids of the modes that were named, best first."""
    causes: Sequence[Told]
    remediation: Sequence[Told]


def measure_explanations(results: Results) -> Iterator[Measure]:
    """By product. An answer that is not given is wrong where there is one to give."""
    for condition in results.conditions:
        for cell in results.of_condition(condition):
            modes = failure_modes_of(cell.material)
            explained = list(_of_cell(results, cell, modes)) if modes and cell.draw == 0 else []
            if explained:
                yield from _named(cell, explained, n_modes=len(modes))
                yield from _told(cell, explained, modes, seed=results.manifest.seed)


def _named(cell: Cell, explained: Sequence[Explained], *, n_modes: int) -> Iterator[Measure]:
    expected = [one.expected.id if one.expected else None for one in explained]
    quality = failure_mode_quality(expected, [one.ranked for one in explained])
    n_known = sum(one is not None for one in expected)
    n_unknown = len(expected) - n_known
    part = f"{MODES}, {cell.material}"
    for metric, interval, n in (
        ("right at 1", quality.right_at_1, n_known),
        ("right at 3", quality.right_at_3, n_known),
        ("rightly none", quality.rightly_none, n_unknown),
    ):
        yield from _measure(interval, part=part, metric=metric, cell=cell, n=n)
    for k in (1, 3):
        yield Measure(
            part=part,
            subject=f"right at {k}",
            metric=f"right at {k}",
            method=CHANCE,
            n=n_known,
            value=chance_at_k(n_modes, k=k),
        )


def _told(
    cell: Cell, explained: Sequence[Explained], modes: Sequence[FailureMode], *, seed: int
) -> Iterator[Measure]:
    cases = [Case(one.expected, one.causes, one.remediation) for one in explained if one.expected]
    if not cases:
        return
    quality = explanation_quality(cases, modes, seed=seed)
    n_told = sum(len(case.causes) + len(case.remediation) for case in cases)
    for metric, interval, n in (
        ("cause: right source", quality.cause_source, len(cases)),
        ("cause: right text", quality.cause_text, len(cases)),
        ("cause: ROUGE-L", quality.cause_rouge_l, len(cases)),
        ("remediation: right source", quality.remediation_source, len(cases)),
        ("remediation: right text", quality.remediation_text, len(cases)),
        ("remediation: ROUGE-L", quality.remediation_rouge_l, len(cases)),
        ("told without support in the FMEA", quality.unsupported, n_told),
    ):
        part = f"{EXPLAINED}, {cell.material}"
        yield from _measure(interval, part=part, metric=metric, cell=cell, n=n)


def _measure(
    interval: Interval | None, *, part: str, metric: str, cell: Cell, n: int
) -> Iterator[Measure]:
    if interval is not None:
        yield Measure.of(
            interval, part=part, subject=metric, metric=metric, method=cell.condition, n=n
        )


def _of_cell(results: Results, cell: Cell, modes: Sequence[FailureMode]) -> Iterator[Explained]:
    by_label = _modes_by_label(cell.material, modes)
    for row in cell.rows:
        if not says_of_the_mind(row) or (row.record and not row.record.endswith(RECORD)):
            continue
        inspection = _record_of(results, row)
        if row.gt_boxes_xyxy:
            yield from _of_boxes(row, inspection, by_label)
        elif not row.gt_label:
            yield _of_picture(None, inspection)
        elif row.defect_type in by_label:
            yield _of_picture(by_label[row.defect_type], inspection)


def _modes_by_label(material: str, modes: Sequence[FailureMode]) -> dict[str, FailureMode]:
    """The row of the FMEA that each labelled defect type is."""
    from evals.tables.named_modes import MODE_OF_LABEL

    by_name = {mode.mode: mode for mode in modes}
    return {label: by_name[name] for label, name in MODE_OF_LABEL.get(material, {}).items()}


def _record_of(results: Results, row: Row) -> Inspection | None:
    """None where there is no inspection, as of a failed sample."""
    if not row.record:
        return None
    path = results.folder / row.record
    if not path.is_file():
        raise RescoreError(
            f"{path} is missing, which explanations of {row.task!r} are read from; restore it"
        )
    return Inspection.model_validate_json(path.read_bytes())


def _of_picture(expected: FailureMode | None, inspection: Inspection | None) -> Explained:
    """The whole picture is one defect, or none."""
    if inspection is None:
        return Explained(expected, [], [], [])
    return _said(expected, inspection, ranked_modes(inspection), others=True)


def _of_boxes(
    row: Row, inspection: Inspection | None, by_label: dict[str, FailureMode]
) -> Iterator[Explained]:
    """Every labelled box with the finding that hits it; findings that hit none name none."""
    regions = named_regions(inspection) if inspection else []
    match = match_boxes(row.gt_boxes_xyxy, [region.box_xyxy for region in regions])
    hit_by = dict(match.pairs)
    for box, label in enumerate(row.gt_box_types):
        expected = by_label.get(label)
        if expected is not None and inspection is not None and box in hit_by:
            yield _of_finding(expected, inspection, regions[hit_by[box]].finding.id)
        elif expected is not None:
            yield Explained(expected, [], [], [])
    if inspection is not None:
        for place in sorted(set(range(len(regions))) - set(hit_by.values())):
            yield _of_finding(None, inspection, regions[place].finding.id)


def _of_finding(expected: FailureMode | None, inspection: Inspection, finding_id: str) -> Explained:
    """What is said of one finding: the causes that share its evidence, and their remediation."""
    finding = next(one for one in inspection.verdict.findings if one.id == finding_id)
    ranked = ranked_modes_of_finding(inspection, finding)
    return _said(expected, inspection, ranked, others=False)


def _said(
    expected: FailureMode | None, inspection: Inspection, ranked: Sequence[str], *, others: bool
) -> Explained:
    """Causes and remediation in the order of the modes that were named.

    Args:
        expected: the true mode.
        inspection: of the part.
        ranked: ids of the modes that were named, best first.
        others: whether texts of other modes count too, behind these.
    """
    order = {mode: place for place, mode in enumerate(ranked)}
    verdict = inspection.verdict
    causes = [(order.get(mode_of_cause(one)), one) for one in verdict.causes]
    remedies = [(order.get(one.source.split(":", 1)[0]), one) for one in verdict.remediation]
    return Explained(
        expected,
        ranked,
        _in_order(causes, others=len(order) if others else None),
        _in_order(remedies, others=len(order) if others else None),
    )


def _in_order(
    placed: Sequence[tuple[int | None, Cause | Remediation]], *, others: int | None
) -> list[Told]:
    """By place; what has none stands at `others`, or is left out."""
    known = [(others if place is None else place, one) for place, one in placed]
    kept = [(place, Told(one.text, one.source)) for place, one in known if place is not None]
    return [told for _, told in sorted(kept, key=lambda pair: pair[0])]
