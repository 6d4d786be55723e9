"""What the expert finds, and what it says it cannot score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tools.asset_ports import AssetExpert, AssetMemory, AssetPort
from tools.assets.picture import Picture
from tools.assets.series.series import Series
from tools.experts.series_discord import SeriesDiscord
from tools.experts.table import ExpertChoice, build_expert
from tools.ports import NotApplicable
from tools.records import Asset

MakeSeries = Callable[..., Series]


def beats(n: int, *, seed: int, period: int = 40) -> np.ndarray:
    phase = np.arange(n) / period % 1
    noise = 0.05 * np.random.default_rng(seed).standard_normal(n)
    return np.asarray(np.exp(-(((phase - 0.3) / 0.05) ** 2)) + noise)


def worst_row(memory: AssetMemory, series: Series) -> int:
    scores = memory.score_asset(series).element_scores
    return int(np.nanargmax(np.nanmax(scores, axis=1)))


def test_it_is_in_the_table_and_scores_series() -> None:
    expert = build_expert("discord", ExpertChoice())

    assert isinstance(expert, AssetExpert)
    assert (expert.name, expert.modality) == ("discord", "time_series")
    assert expert.version != SeriesDiscord(max_windows=100).version


@pytest.mark.parametrize("kind", ["missing beat", "spike", "shift", "flat", "fast"])
def test_what_differs_is_found_where_it_is(make_series: MakeSeries, kind: str) -> None:
    tested = beats(1200, seed=1)
    first, last = 602, 640
    if kind == "missing beat":
        tested[first:last] = 0.05 * np.random.default_rng(2).standard_normal(38)
    if kind == "spike":
        tested[620], first, last = 3.0, 615, 626
    if kind == "shift":
        tested[first:last] += 0.6
    if kind == "flat":
        tested[first:last] = 0.0
    if kind == "fast":
        tested[first:last] = beats(1200, seed=1, period=20)[first:last]
    memory = SeriesDiscord().learn_assets([make_series(beats(1200, seed=0))])

    found = memory.score_asset(make_series(tested))

    assert first - 10 <= worst_row(memory, make_series(tested)) <= last + 10
    assert found.raw_score > 1.3
    assert memory.lenses[0].length == 40


def test_a_normal_series_scores_as_the_held_out_references_do(make_series: MakeSeries) -> None:
    memory = SeriesDiscord().learn_assets([make_series(beats(2000, seed=0))])

    scores = [one.raw_score for one in memory.normal_scores()[0]]
    unseen = memory.score_asset(make_series(beats(2000, seed=1))).raw_score

    assert len(scores) == 4
    assert 0.7 * min(scores) < unseen < 1.3 * max(scores)


def test_of_several_references_each_is_scored_by_the_others(make_series: MakeSeries) -> None:
    """The third one alone has a shift, so it alone scores high without itself."""
    odd = beats(400, seed=3)
    odd[200:260] += 2.0
    references = [make_series(beats(400, seed=seed)) for seed in (0, 1)] + [make_series(odd)]

    scores = SeriesDiscord().learn_assets(references).normal_scores()

    assert [len(one) for one in scores] == [1, 1, 1]
    assert scores[2][0].raw_score > 2 * scores[0][0].raw_score


def test_channels_that_part_are_found_though_each_is_normal_alone(make_series: MakeSeries) -> None:
    rng = np.random.default_rng(0)
    walk = np.convolve(rng.standard_normal(1600), np.ones(20) / 20, mode="valid")
    both = np.column_stack([walk, -walk, 2 * walk]) + 0.02 * rng.standard_normal((len(walk), 3))
    tested = both[800:].copy()
    tested[300:400, 1] = tested[300:400, 1][::-1]
    memory = SeriesDiscord().learn_assets([make_series(both[:800])])

    scores = memory.score_asset(make_series(tested)).element_scores

    row, channel = np.unravel_index(int(np.nanargmax(scores)), scores.shape)
    assert 290 <= row < 410
    assert channel == 1


def test_days_are_compared_with_days_of_the_same_hour(make_series: MakeSeries) -> None:
    """A quiet week end at noon of a working day is normal by its shape, and not by its time."""
    step_s = 3600
    hours = np.arange(24 * 60)
    working = ((hours % 24 >= 8) & (hours % 24 < 18)).astype(np.float64)
    values = working + 0.05 * np.random.default_rng(0).standard_normal(len(hours))
    tested = values[24 * 40 :].copy()
    swapped = slice(24 * 10, 24 * 12)
    tested[swapped] = np.roll(tested[swapped], 12)
    reference = make_series(values[: 24 * 40], start_s=0, step_s=step_s)
    memory = SeriesDiscord().learn_assets([reference])
    series = make_series(tested, start_s=24 * 40 * step_s, step_s=step_s)

    scores = memory.score_asset(series).element_scores[:, 0]

    assert memory.lenses[2].seasons_s[0] == 86_400.0
    inside = scores[24 * 10 + 6 : 24 * 12 - 6]
    outside = np.r_[scores[: 24 * 8], scores[24 * 14 :]]
    assert inside.min() > outside.max()


def test_element_scores_keep_the_order_of_the_series_own_channels(make_series: MakeSeries) -> None:
    values = np.random.default_rng(0).standard_normal((300, 2))
    tested = np.random.default_rng(1).standard_normal((300, 2))
    tested[100:120, 0] += 9.0
    memory = SeriesDiscord().learn_assets([make_series(values)])

    turned = memory.score_asset(make_series(tested[:, ::-1], names="ba")).element_scores

    np.testing.assert_allclose(
        turned[:, ::-1], memory.score_asset(make_series(tested)).element_scores
    )
    assert np.nanargmax(np.nanmax(turned, axis=0)) == 1


def test_nothing_is_said_of_samples_in_a_long_gap(make_series: MakeSeries) -> None:
    tested = beats(600, seed=1)
    tested[200:400] = np.nan
    memory = SeriesDiscord().learn_assets([make_series(beats(600, seed=0))])

    scores = memory.score_asset(make_series(tested)).element_scores[:, 0]

    assert np.isnan(scores[230:370]).all()
    assert np.isfinite(scores[:190]).all()


def test_a_thinned_memory_finds_the_same(make_series: MakeSeries) -> None:
    tested = beats(1200, seed=1)
    tested[602:640] = 0.0
    memory = SeriesDiscord(max_windows=200).learn_assets([make_series(beats(4000, seed=0))])

    assert 590 <= worst_row(memory, make_series(tested)) <= 650


def test_a_constant_channel_that_moves_is_found(make_series: MakeSeries) -> None:
    reference = np.column_stack([beats(400, seed=0), np.full(400, 32.0)])
    tested = np.column_stack([beats(400, seed=1), np.full(400, 32.0)])
    tested[100:140, 1] = 33.0
    memory = SeriesDiscord().learn_assets([make_series(reference)])

    scores = memory.score_asset(make_series(tested)).element_scores

    assert np.unravel_index(int(np.nanargmax(scores)), scores.shape)[1] == 1


def test_what_it_cannot_score_it_says(make_series: MakeSeries) -> None:
    memory = SeriesDiscord().learn_assets([make_series(beats(400, seed=0), start_s=0)])
    image = Asset(path="x.png", sha256="0" * 64, modality="image", size=[2, 2])
    picture = Picture(image, np.zeros((2, 2, 3), dtype=np.uint8))

    cases: list[tuple[AssetPort, str]] = [
        (picture, "time series only"),
        (make_series(beats(400, seed=0), start_s=0, step_s=60), "sampled every 60 s, the ref"),
        (make_series(np.zeros((400, 2)), start_s=0), "differ in b"),
        (make_series(np.full(400, np.nan), start_s=0), "no 10 samples lie without a gap"),
    ]
    for asset, said in cases:
        with pytest.raises(NotApplicable, match=said):
            memory.score_asset(asset)
    with pytest.raises(NotApplicable, match="has 31 samples, 32 are needed"):
        SeriesDiscord().learn_assets([make_series(np.zeros(31))])
    with pytest.raises(ValueError, match="max_windows must be at least 1, got 0"):
        SeriesDiscord(max_windows=0)
