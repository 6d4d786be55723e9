"""Figures of the table's parts, from hand-made answers."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from evals.datasets import ImageSet, Sample, Split
from evals.tables.causes_part import Named, measure_causes, measure_found
from evals.tables.decisions_part import (
    Decided,
    decided_from_score,
    decided_from_threshold,
    measure_decisions,
)
from evals.tables.markdown import cell, markdown
from evals.tables.pcb_part import Said, measure_pcb
from evals.tables.pcb_pictures import PcbPicture
from evals.tables.records import Measure, Table
from evals.tables.set_decisions import fused_auroc
from graphs.records import Inspection


def _values(measures: Iterable[Measure]) -> dict[str, float]:
    return {f"{m.metric} / {m.method}": round(m.value, 4) for m in measures}


def _picture(place: int, *, boxes: int) -> PcbPicture:
    return PcbPicture(
        path=Path(f"{place}.png"),
        pair_id=str(place),
        place=place,
        gt_label=int(boxes > 0),
        boxes_xyxy=tuple((10.0 * i, 0.0, 10.0 * i + 8, 8.0) for i in range(boxes)),
        defects=("open",) * boxes,
    )


def test_pcb_figures_count_boxes_regions_and_places() -> None:
    pictures = [_picture(0, boxes=2), _picture(0, boxes=0), _picture(1, boxes=1)]
    said = [
        Said(3.0, [(0, 0, 8, 8), (50, 50, 58, 58)], place=0),
        Said(1.0, [(0, 0, 4, 4)], place=0),
        Said(2.0, [(0, 0, 8, 8)], place=0),
    ]
    assert _values(measure_pcb(pictures, said, method="m")) == {
        "AUROC of raw_score / m": 1.0,
        "boxes hit / m": round(2 / 3, 4),
        "false regions a picture, test pictures / m": 0.5,
        "false regions a picture, templates / m": 1.0,
        "right template recalled, test pictures / m": 0.5,
    }


def test_decision_figures_take_reviews_apart() -> None:
    decided = [
        Decided(1, "anomalous", 1, 0.9),
        Decided(1, "review", 1, 0.3),
        Decided(0, "anomalous", 1, 0.4),
        Decided(0, "normal", 0, 0.8),
    ]
    assert _values(measure_decisions("toy", decided, method="m")) == {
        "escape rate / m": 0.0,
        "overkill rate / m": 0.5,
        "review rate / m": 0.25,
        "accuracy at 50% coverage / m": 1.0,
        "accuracy at 80% coverage / m": 0.75,
    }


def test_a_probability_of_one_half_is_anomalous_and_least_sure() -> None:
    assert decided_from_score(1, "review", score=0.5) == Decided(1, "review", 1, 0.0)
    assert decided_from_score(0, "normal", score=0.1) == Decided(0, "normal", 0, 0.4)


def test_a_threshold_decides_above_itself_and_never_reviews() -> None:
    assert decided_from_threshold(1, raw_score=2.0, threshold=1.0)[1:3] == ("anomalous", 1)
    assert decided_from_threshold(1, raw_score=1.0, threshold=1.0) == Decided(1, "normal", 0, 0.0)


def test_named_modes_stand_beside_chance_and_the_most_frequent_mode() -> None:
    named = [
        Named("open", ["open"]),
        Named("open", ["short", "spur", "open"]),
        Named("short", []),
        Named(None, []),
    ]
    assert _values(measure_causes("toy", named, n_modes=6, method="m")) == {
        "failure mode right at 1 / m": 0.3333,
        "failure mode right at 1 / chance": 0.1667,
        "failure mode right at 1 / most frequent mode": 0.6667,
        "failure mode right at 3 / m": 0.6667,
        "failure mode right at 3 / chance": 0.5,
        "failure mode right at 3 / most frequent mode": 1.0,
        "rightly says none / m": 1.0,
        "wrongly says none / m": 0.3333,
    }
    assert measure_found("toy", n_found=1, n_all=4, method="m").value == 0.25


def _measure(method: str, value: float, *, metric: str = "AUROC") -> Measure:
    return Measure(
        part="sets", subject="casting", metric=metric, method=method, n=4, value=value, low=0.5,
        high=1.0,
    )  # fmt: skip


def test_the_markdown_has_a_row_per_metric_and_a_column_per_method() -> None:
    measures = [_measure("a", 0.9), _measure("b", 0.75), _measure("b", 0.1, metric="x|y")]
    table = Table(
        command="loupe eval table --data DIR", commit="abc", seed=0, versions={"python": "3.11"},
        machine="2 cores", created="now", measures=measures, notes=["a note"],
    )  # fmt: skip
    assert markdown(table).splitlines() == [
        "**Six sets, AUROC**",
        "",
        "| on | metric | n | a | b |",
        "| --- | --- | --: | --: | --: |",
        "| casting | AUROC | 4 | 0.900 [0.500, 1.000] | 0.750 [0.500, 1.000] |",
        "| casting | x\\|y | 4 |  | 0.100 [0.500, 1.000] |",
        "",
        "- a note",
        "",
        "`loupe eval table --data DIR`, commit abc, seed 0, 2 cores, now. python 3.11. "
        "Brackets are 95 % intervals.",
    ]
    assert table.as_json()["measures"][0]["value"] == 0.9


def test_a_figure_without_an_interval_stands_alone() -> None:
    bare = Measure(part="p", subject="s", metric="m", method="x", n=1, value=1 / 6)
    assert cell(bare) == "0.167"
    assert pytest.approx(bare.value) == 1 / 6


def test_the_auroc_of_raw_scores_leaves_out_a_picture_without_one(inspection: Inspection) -> None:
    labels, scores = (0, 1, 1, 0), (1.0, 2.0, 0.5, None)
    samples = tuple(Sample(path=Path(f"{n}.png"), gt_label=one) for n, one in enumerate(labels))
    inspections = [
        inspection.model_copy(
            update={"verdict": inspection.verdict.model_copy(update={"raw_score": score})}
        )
        for score in scores
    ]

    found = fused_auroc(
        ImageSet(name="s", samples=samples),
        Split(draw=0, reference_indices=(), test_indices=(0, 1, 2, 3)),
        inspections,
    )

    assert (found.n, found.value) == (3, 0.5)
