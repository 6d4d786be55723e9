"""Windows, their distances and lengths, against values worked out by hand or the long way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tools.assets.series.series import Series
from tools.experts.series_discord.bank import Piece, distances, remember
from tools.experts.series_discord.bond import fit_bond, residuals
from tools.experts.series_discord.recording import Recording, record, scale_of, scaled
from tools.experts.series_discord.rhythm import find_period, find_seasons, window_length
from tools.experts.series_discord.windows import Lens, cover, describe, starts_of
from tools.ports import NotApplicable

MakeSeries = Callable[..., Series]
DAY_S = 86_400


def recording_of(values: np.ndarray) -> Recording:
    values_gc = values[:, None] if values.ndim == 1 else values
    return Recording(values_gc, np.isnan(values_gc), np.arange(len(values_gc)), None, 0.0)


def test_shape_distance_is_the_matrix_profiles_where_nothing_is_reduced() -> None:
    """Against the z-normalised distance of every pair of windows, the long way round.

    With the floor under the spread taken away again, for it is what a matrix profile lacks.
    """
    rng = np.random.default_rng(0)
    reference, tested = rng.standard_normal((2, 60)) * 100
    length = 12
    lens = Lens("shape", "shape", length, length, 1)
    rows = remember([recording_of(reference)], lens, 0, max_windows=1000, device="cpu")
    found = distances(recording_of(tested), lens, 0, rows)

    def normal(window: np.ndarray) -> np.ndarray:
        return np.asarray((window - window.mean()) / window.std())

    windows = [normal(reference[i : i + length]) for i in range(49)]
    profile = [
        min(np.sqrt(np.mean((normal(tested[i : i + length]) - w) ** 2)) for w in windows)
        for i in range(49)
    ]
    expected = cover(np.arange(49), np.array(profile), length=length, n_places=60)
    np.testing.assert_allclose(found, expected, rtol=2e-3)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("level", [2.0, 6.0]), ("course", [-2.0, 2.0]), ("shape", [-0.9, 0.9])],
)
def test_a_window_is_reduced_to_means_of_equal_parts(kind: str, expected: list[float]) -> None:
    """1, 3, 5, 7 in two parts; its variance is 5, so that 2 / sqrt(5.01) is about 0.89."""
    lens = Lens("x", kind, 4, 2, 1)  # type: ignore[arg-type]

    found = describe(recording_of(np.array([1.0, 3.0, 5.0, 7.0])), lens, 0, np.array([0]))

    np.testing.assert_allclose(found[0] * np.sqrt(2), expected, atol=0.01)


def test_every_place_gets_the_mean_of_the_windows_over_it() -> None:
    found = cover(np.array([0, 2]), np.array([1.0, 3.0]), length=3, n_places=6)

    np.testing.assert_array_equal(found, [1, 1, 2, 3, 3, np.nan])


def test_windows_with_long_gaps_are_left_out_and_the_last_one_is_never() -> None:
    values = np.arange(20.0)
    values[8:12] = np.nan
    lens = Lens("x", "level", 8, 8, 4)

    assert starts_of(recording_of(values), lens, stride=4, channel=0).tolist() == [0, 12]
    assert starts_of(recording_of(np.zeros(21)), lens, stride=4, channel=0).tolist() == [
        0, 4, 8, 12, 13,
    ]  # fmt: skip


def test_what_touches_a_held_out_piece_does_not_serve() -> None:
    """A jump that occurs once is found in the reference, but not without itself."""
    values = np.zeros(100)
    values[50:55] = 9.0
    lens = Lens("x", "level", 10, 10, 1)
    rows = remember([recording_of(values)], lens, 0, max_windows=1000, device="cpu")
    piece = recording_of(values[40:60])

    assert distances(piece, lens, 0, rows).max() < 0.001
    assert distances(piece, lens, 0, rows, without=Piece(0, 40, 60)).max() > 1.0
    assert np.isnan(distances(piece, lens, 0, rows, without=Piece(0, 0, 100))).all()


def test_the_period_is_the_first_high_peak_of_the_autocorrelation() -> None:
    times = np.arange(2000.0)
    noise = np.random.default_rng(0).standard_normal(2000)

    assert find_period(np.sin(2 * np.pi * times / 50) + 0.1 * noise + times / 100) == 50
    assert find_period(noise) is None
    assert find_period(np.zeros(100)) is None
    assert find_period(times) is None


def test_a_day_is_found_by_the_clock_where_two_days_are_all_there_is(
    make_series: MakeSeries,
) -> None:
    times = np.arange(2 * 288 + 20)
    day = make_series(np.sin(2 * np.pi * times / 288), start_s=0)
    drift = make_series(np.linspace(0, 1, 600) ** 2, start_s=0)

    assert find_seasons([record(day, ["a"])]) == (DAY_S,)
    assert window_length([record(day, ["a"])]) == (2 * 288 + 20) // 4
    assert find_seasons([record(drift, ["a"])]) == ()
    assert window_length([record(drift, ["a"])]) == 32


def test_a_missing_hour_is_a_gap_on_the_grid(make_series: MakeSeries) -> None:
    values = np.arange(40.0)
    series = make_series(values, start_s=0)
    kept = np.r_[0:10, 22:40]
    stamps = series.stamps.taken(kept)
    table = series._table  # the test makes a series of some of its rows
    from dataclasses import replace

    gapped = Series(
        series.asset.model_copy(update={"size": [28, 1]}),
        replace(table, stamps=stamps, values_cn=table.values_cn[:, kept]),
    )
    recording = record(gapped, ["a"])

    assert recording.places.tolist() == kept.tolist()
    assert recording.missing_gc[:, 0].sum() == 12
    np.testing.assert_allclose(recording.values_gc[:, 0], values)
    assert record(gapped, ["a"], evenly=False).places.tolist() == list(range(28))


def test_gaps_of_months_do_not_fill_memory(make_series: MakeSeries) -> None:
    from tools.experts.series_discord.recording import _places

    seconds = np.r_[np.arange(100.0), 1e9 + np.arange(100.0)]

    places, step = _places(seconds, evenly=True)

    assert step == 1.0
    assert places[-1] <= 400


def test_other_channels_are_refused_by_name(make_series: MakeSeries) -> None:
    series = make_series(np.zeros((50, 2)))

    with pytest.raises(NotApplicable, match="differ in b, c"):
        record(series, ["a", "c"])


def test_a_constant_channel_has_a_unit() -> None:
    scale = scale_of([recording_of(np.column_stack([np.full(50, 32.0), np.zeros(50)]))])

    assert scale.spread_c[0] == pytest.approx(0.032)
    assert scale.spread_c[1] > 0
    moved = scaled(recording_of(np.array([[33.0, 0.0]])), scale)
    assert moved.values_gc[0, 0] == pytest.approx(1 / 0.032)


def test_a_channel_less_what_the_others_say_is_what_it_tells_alone() -> None:
    """b is 2 a; where it is 0 instead, the residual of b is -2 a, up to the ridge."""
    rng = np.random.default_rng(0)
    a = rng.standard_normal(500)
    normal = np.column_stack([a, 2 * a, rng.standard_normal(500)])
    bond = fit_bond([normal[:250], normal[250:]])
    broken = np.array([[1.0, 0.0, 0.0]])

    assert np.abs(residuals(bond, normal)[:, 1]).max() < 0.1
    assert residuals(bond, broken)[0, 1] == pytest.approx(-2.0, abs=0.1)
