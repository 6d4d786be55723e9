"""Curves by hand, and pictures that are there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evals.results.figures import FIGURES, write_figures
from evals.results.figures.curves import pr_curve, roc_curve
from evals.results.figures.galleries import KINDS, N_EACH, chosen_rows, panels
from evals.results.measures import measures_by_name
from evals.results.records import Results
from evals.runner.row_making import save_map
from evals.runner.rows import Row
from tools.errors import SettingsError

MakeRow = Callable[..., Row]
MakeResults = Callable[..., Results]


def test_equal_scores_are_one_step_of_the_roc() -> None:
    curve = roc_curve(np.array([0.0, 1, 0, 1]), np.array([1.0, 2, 2, 3]))
    assert curve.x.tolist() == [0.0, 0.0, 0.5, 1.0]
    assert curve.y.tolist() == [0.0, 0.5, 1.0, 1.0]


def test_precision_is_taken_at_each_distinct_score() -> None:
    curve = pr_curve(np.array([0.0, 1, 0, 1]), np.array([1.0, 2, 2, 3]))
    assert curve.x.tolist() == [0.5, 1.0, 1.0]
    assert curve.y.tolist() == [1.0, pytest.approx(2 / 3), 0.5]


def _shown(row: MakeRow, folder: Path, name: str, **more: object) -> Row:
    path = folder / f"{name}.png"
    Image.new("RGB", (20, 10), (100, 100, 100)).save(path)
    return row(name, shown=str(path), **more)


def test_the_surest_of_a_kind_are_chosen_with_products_in_turns(
    row: MakeRow, tmp_path: Path
) -> None:
    rows = [
        _shown(
            row,
            tmp_path,
            f"{data_set}{n}",
            data_set=data_set,
            gt_label=1,
            decision="anomalous",
            raw_score=float(n),
        )
        for data_set in ("casting", "leather")
        for n in range(5)
    ]
    chosen = chosen_rows(rows, KINDS[0])
    assert len(chosen) == N_EACH
    assert [one.sample for one in chosen[:4]] == ["casting4", "leather4", "casting3", "leather3"]


def test_truth_and_answer_are_shaded_side_by_side(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    mask = np.zeros((10, 20), dtype=np.bool_)
    mask[:, :10] = True
    anomaly_map = np.zeros((10, 20), dtype=np.float32)
    anomaly_map[:5] = 0.8
    save_map(tmp_path / "m.npz", anomaly_map, mask)
    one = _shown(row, tmp_path, "a", gt_label=1, decision="anomalous", anomaly_map="m.npz")
    picture, truth, said = panels(results([one]), one)
    assert (picture == 100).all()
    assert ((truth != 100).any(axis=2) == mask).all()
    assert ((said != 100).any(axis=2) == (anomaly_map > 0)).all()


def test_every_figure_is_drawn_where_there_is_something_to_draw(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    rows = [
        _shown(
            row,
            tmp_path,
            f"s{n:02}",
            gt_label=int(n >= 20),
            gt_share=0.01 * n if n >= 20 else 0.0,
            raw_score=float(n % 23),
            score=(n % 23) / 23,
            decision="anomalous" if n % 23 > 10 else "normal",
        )
        for n in range(40)
    ]
    run = results(rows, figures=list(FIGURES))
    drawn = write_figures(run, tmp_path / "out", measures_by_name(run))
    assert sorted(path.name for path in drawn) == [
        "bars-accuracy.png",
        "bars-auroc.png",
        "calibration.png",
        "gallery-false-alarms.png",
        "gallery-hits.png",
        "gallery-misses.png",
        "pr.png",
        "risk-coverage.png",
        "roc.png",
        "sizes.png",
    ]
    for path in drawn:
        with Image.open(path) as picture:
            assert min(picture.size) > 200


def test_where_there_is_nothing_no_file_is_drawn(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    names = ["roc", "pr", "calibration", "risk_coverage", "sizes", "galleries"]
    assert write_figures(results([row("a")], figures=names), tmp_path / "out", {}) == []


def test_a_figure_that_is_none_is_named(row: MakeRow, results: MakeResults, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="suite mine: no figure 'pie'; use roc, "):
        write_figures(results([row("a")], figures=["pie"]), tmp_path, {})


def test_labelled_boxes_are_drawn_as_the_truth(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    one = _shown(row, tmp_path, "p", gt_label=1, gt_boxes_xyxy=[[2, 3, 8, 9]], boxes_xyxy=[])
    picture, truth, said = panels(results([one]), one)
    assert truth[3, 2].tolist() == [214, 39, 40]
    assert truth[8, 7].tolist() == [214, 39, 40]
    # The far corner is exclusive, and the inside stays as it is.
    assert truth[9, 8].tolist() == truth[5, 5].tolist() == [100, 100, 100]
    assert np.array_equal(picture, said)


def test_a_measure_that_compares_is_drawn_wherever_a_suite_takes_it(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    rows = [row(f"s{n}", repeat=repeat, score=0.1) for n in range(3) for repeat in range(2)]
    run = results(rows, measures=["agreement"], figures=[], repeats=2)
    drawn = write_figures(run, tmp_path, measures_by_name(run))
    assert [path.name for path in drawn] == ["agreement-repeats-of-the-same.png"]
    assert np.asarray(Image.open(drawn[0])).std() > 0
