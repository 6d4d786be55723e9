from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evals.datasets.cross_sets import FOLDS, ONLY_TRAINED, TESTED, load_cross_set, load_pool
from evals.datasets.records import DataSetError
from evals.metrics import DrawScores
from evals.tables.zero_shot_part import joined, only_tested

LABELS = np.array([0, 0, 1, 1])


def test_every_tested_set_is_held_out_once_and_no_other() -> None:
    held_out = [name for fold in FOLDS.values() for name in fold]

    assert sorted(held_out) == sorted(TESTED)
    assert not set(held_out) & set(ONLY_TRAINED)


def test_joined_scores_are_mean_ranks_within_a_draw_without_its_references() -> None:
    nan = np.nan
    first = DrawScores(LABELS, np.array([[nan, 1.0, 5.0, 3.0], [9.0, nan, 8.0, 7.0]]))
    second = DrawScores(LABELS, np.array([[nan, 30.0, 20.0, 10.0], [1.0, nan, 2.0, 2.0]]))

    both = joined(first, second)

    # Ranks of the first draw: 1, 3, 2 and 3, 2, 1; of the second: 3, 2, 1 and 1, 2.5, 2.5.
    wanted = [[nan, 2.0, 2.5, 1.5], [2.0, nan, 2.25, 1.75]]
    assert np.array_equal(both.scores_dn, np.array(wanted), equal_nan=True)


def test_a_picture_that_no_draw_tests_is_left_out() -> None:
    nan = np.nan
    draws = DrawScores(LABELS, np.array([[nan, nan, 5.0, 3.0], [nan, 2.0, 8.0, 7.0]]))

    left = only_tested(draws)

    assert left.gt_labels.tolist() == [0, 1, 1]
    wanted = np.array([[nan, 5.0, 3.0], [2.0, 8.0, 7.0]])
    assert np.array_equal(left.scores_dn, wanted, equal_nan=True)


def test_the_pool_has_both_labels_of_each_tested_set(shared_data: Path) -> None:
    for image_set in load_pool(shared_data, TESTED):
        labels = [sample.gt_label for sample in image_set.samples]
        assert set(labels) == {0, 1}, image_set.name
        assert all(sample.path.is_file() for sample in image_set.samples)


def test_a_tumour_is_anomalous_and_templates_are_normal(shared_data: Path) -> None:
    brain = load_cross_set(shared_data, "brainmri")
    boards = load_cross_set(shared_data, "deeppcb")

    assert sum(sample.gt_label for sample in brain.samples) == 50
    assert [sample.gt_label for sample in boards.samples] == [0] * 60 + [1] * 60


def test_an_unknown_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="unknown set 'moon'"):
        load_cross_set(tmp_path, "moon")
