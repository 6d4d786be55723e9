from __future__ import annotations

import pytest

from graphs.conversation.shares import control_limits, explained, fisher, wilson


def test_limits_of_a_p_chart_are_three_sigma_of_each_sample() -> None:
    # p = 30 / 300 = 0.1; sigma = sqrt(0.1 * 0.9 / n): 0.03 for 100, 0.06 for 25.
    chart = control_limits([10, 5, 15], [100, 25, 175])

    assert chart.centre == pytest.approx(0.1)
    assert chart.limits[0] == pytest.approx((0.01, 0.19))
    # 0.1 - 3 * 0.06 is below 0.
    assert chart.limits[1] == pytest.approx((0.0, 0.28))


def test_a_chart_without_samples_or_with_an_empty_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one unit"):
        control_limits([], [])
    with pytest.raises(ValueError, match="at least one unit"):
        control_limits([0, 0], [3, 0])


def test_wilsons_interval_of_none_of_ten_is_the_published_one() -> None:
    low, high = wilson(0, 10)

    assert low == 0.0
    assert high == pytest.approx(0.2775, abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_fishers_test_of_the_lady_tasting_tea() -> None:
    # 3 of 4 against 1 of 4: p = 0.4857 (Fisher, 1935), two-sided.
    assert fisher(3, 4, 1, 4) == pytest.approx(0.4857, abs=1e-4)


def test_what_a_group_holds_beyond_the_others_rate() -> None:
    # The others: 2 of 20, a rate of 0.1; the group: 7 of 10, 6 beyond; all hits: 9.
    assert explained(7, 10, 2, 20) == pytest.approx(6 / 9)
    assert explained(0, 5, 0, 5) == 0.0
    assert explained(1, 10, 9, 10) == 0.0
