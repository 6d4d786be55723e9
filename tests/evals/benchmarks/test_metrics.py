"""The benchmark of metrics on two maps; no figure of it is asserted."""

import numpy as np

from evals.benchmarks.metrics import METHODS, STREAMS, Cost, _line, _measured, made_pairs


def test_the_same_seed_makes_the_same_maps_one_in_three_normal() -> None:
    first, again = (list(made_pairs(3, seed=4)) for _ in range(2))
    assert [mask.any() for mask, _ in first] == [False, True, True]
    for (mask, scores), (other_mask, other_scores) in zip(first, again, strict=True):
        np.testing.assert_array_equal(mask, other_mask)
        np.testing.assert_array_equal(scores, other_scores)


def test_a_method_and_both_streams_give_one_figure() -> None:
    aupros = [
        _measured(name, 2, seed=0)["figures"]["AU-PRO"] for name in ("ours, all four", *STREAMS)
    ]
    assert aupros[0] == aupros[2]
    assert abs(aupros[0] - aupros[1]) < 1e-4


def test_a_peer_that_is_not_installed_is_told_in_its_row() -> None:
    line = _line("anomalib, AU-PRO", 2, Cost({}, 0, 0, 0, missing="No module named 'anomalib'"))
    assert "No module named 'anomalib'" in line
    assert len(METHODS) == 7
