from __future__ import annotations

import math

import numpy as np
import pytest

from graphs.fusion import EQUAL_WEIGHTS, Fused, add_violations, extrapolated_rank, fuse

NORMAL = [1.0, 2.0, 3.0, 4.0, 5.0]


def test_the_rank_runs_from_nought_at_the_smallest_to_one_at_the_largest_normal_score() -> None:
    assert [extrapolated_rank(NORMAL, raw) for raw in (1.0, 2.0, 3.5, 5.0)] == [0, 0.25, 0.625, 1]


def test_beyond_the_largest_normal_score_the_rank_grows_with_the_logarithm_in_deviations() -> None:
    deviation = math.sqrt(2.0)

    assert extrapolated_rank(NORMAL, 5.0 + deviation) == pytest.approx(1.0 + math.log(2.0))
    assert extrapolated_rank(NORMAL, 1.0 - deviation) == pytest.approx(-math.log(2.0))


def test_ranks_are_never_tied_where_raw_scores_differ() -> None:
    raw = np.linspace(-10, 60, 701)

    ranks = [extrapolated_rank(NORMAL, float(one)) for one in raw]

    assert np.all(np.diff(ranks) > 0)


def test_equal_normal_scores_rank_as_the_largest() -> None:
    assert extrapolated_rank([2.0, 2.0], 2.0) == 1.0
    assert extrapolated_rank([2.0], 2.0) == 1.0


def test_sources_are_averaged_and_absent_ones_drop_out() -> None:
    fused = fuse({"a": 2.0, "b": 5.0, "unknown": 9.0}, {"a": NORMAL, "b": NORMAL, "c": NORMAL})

    assert fused == Fused(0.625, {"a": 2.0, "b": 5.0}, EQUAL_WEIGHTS)


def test_nothing_is_fused_where_no_source_has_normal_scores() -> None:
    assert fuse({"a": 2.0}, {}) is None


def test_counts_do_not_take_part_in_the_average() -> None:
    assert fuse({"a": 2.0, "parts": 3.0}, {"a": NORMAL, "parts": NORMAL}) == Fused(
        0.25, {"a": 2.0}, EQUAL_WEIGHTS
    )


def test_one_violation_lifts_the_score_over_the_threshold_and_more_lift_it_further() -> None:
    calm = Fused(0.2, {"a": 2.0}, EQUAL_WEIGHTS)

    one = add_violations(calm, {"parts": 1.0, "rules": 0.0}, above=1.7)
    two = add_violations(calm, {"parts": 2.0, "rules": 0.0}, above=1.7)

    assert one.raw_score == pytest.approx(1.7 + math.log(2.0))
    assert two.raw_score > one.raw_score
    assert one.sources == {"a": 2.0, "parts": 1.0, "rules": 0.0}
    assert one.basis.endswith("a violation of parts decides by itself")


def test_a_check_that_passed_changes_no_score() -> None:
    calm = Fused(0.2, {"a": 2.0}, EQUAL_WEIGHTS)

    assert add_violations(calm, {"parts": 0.0}, above=1.7) == Fused(
        0.2, {"a": 2.0, "parts": 0.0}, EQUAL_WEIGHTS
    )


def test_the_worst_of_several_parts_decides() -> None:
    normal = {name: [0.0, 1.0] for name in ("a@front", "b@front", "a@back", "direct")}
    raw = {"a@front": 1.0, "b@front": 0.0, "a@back": 0.0}

    fused = fuse(raw, normal)
    with_mind = fuse({**raw, "direct": 1.0}, normal)

    assert fused is not None
    assert with_mind is not None
    assert fused.raw_score == 0.5
    assert fused.basis.startswith("the worst of 2 parts; ")
    # The mind speaks of the whole, so it is averaged with each part: (1 + 0 + 1) / 3.
    assert with_mind.raw_score == pytest.approx(2 / 3)
