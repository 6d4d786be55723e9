from __future__ import annotations

import pytest

from agent.prices import PRICES, Price, price_of


def test_cached_input_costs_its_own_price() -> None:
    price = Price(input_usd=2.0, cached_usd=0.5, output_usd=8.0)

    cost_usd = price.cost_usd(input_tokens=1_000_000, cached_tokens=400_000, output_tokens=100_000)

    assert cost_usd == pytest.approx(0.6 * 2.0 + 0.4 * 0.5 + 0.1 * 8.0)


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("gpt-4o", "gpt-4o"),
        ("GPT-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-4o-audio-preview", None),
        ("qwen3-vl", None),
    ],
)
def test_a_date_changes_no_price_and_another_model_has_none(model: str, known: str | None) -> None:
    assert price_of(model) == (None if known is None else PRICES[known])
