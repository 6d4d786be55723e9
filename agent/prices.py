"""What tokens of hosted models cost. Knows no usage and no budget.

US dollars for a million tokens, standard tier, prompts below the long-context tier. Read on
2026-11-21; a model that is not here has no known price, and prices change: `input_usd` and
`output_usd` of the settings go before the table. Sources:

[1] github/docs, data/tables/copilot/models-and-pricing.yml, which lists OpenAI's list prices.
[2] crate adk-model 2.1.0, src/openai/pricing.rs, and crate openai-models 0.1.1, src/lib.rs, which
    quote OpenAI's page of March 2026 and before for the older models.
"""

from __future__ import annotations

from typing import NamedTuple

MILLION = 1_000_000


class Price(NamedTuple):
    """US dollars for a million tokens."""

    input_usd: float
    cached_usd: float
    """Of input that the server had from an earlier request."""
    output_usd: float

    def cost_usd(self, *, input_tokens: int, cached_tokens: int, output_tokens: int) -> float:
        """What a call costs.

        Args:
            input_tokens: cached ones among them.
            cached_tokens: of the input.
            output_tokens: thoughts among them.
        """
        fresh = max(input_tokens - cached_tokens, 0)
        spent = fresh * self.input_usd + cached_tokens * self.cached_usd
        return (spent + output_tokens * self.output_usd) / MILLION


PRICES: dict[str, Price] = {
    "gpt-5.6-sol": Price(5.00, 0.50, 30.00),  # [1]
    "gpt-5.6-terra": Price(2.00, 0.20, 12.00),  # [1]
    "gpt-5.6-luna": Price(0.20, 0.02, 1.20),  # [1]
    "gpt-5.5": Price(5.00, 0.50, 30.00),  # [1]
    "gpt-5.4": Price(2.50, 0.25, 15.00),  # [1]
    "gpt-5.4-mini": Price(0.75, 0.075, 4.50),  # [1]
    "gpt-5.4-nano": Price(0.20, 0.02, 1.25),  # [1]
    "gpt-5-mini": Price(0.25, 0.025, 2.00),  # [1]
    "gpt-4o": Price(2.50, 1.25, 10.00),  # [2]
    "gpt-4o-mini": Price(0.15, 0.075, 0.60),  # [2]
}
"""By model; a date that follows the name (`gpt-4o-2024-08-06`) changes no price."""


def price_of(model: str) -> Price | None:
    """The price of a model; None where it is not known.

    Args:
        model: as the server names it.
    """
    name = model.lower()
    fitting = [known for known in PRICES if name == known or _is_dated(name, known)]
    return PRICES[fitting[0]] if fitting else None


def _is_dated(name: str, known: str) -> bool:
    rest = name.removeprefix(f"{known}-")
    return rest != name and rest.replace("-", "").isdigit()
