from __future__ import annotations

import pytest

from agent.report.figures import cost_words
from graphs.records import Usage


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        (Usage(vlm_calls=2, cost_usd=0.5), "$0.5000"),
        (Usage(vlm_calls=2, unpriced_calls=2), "no price known"),
        (Usage(vlm_calls=2, unpriced_calls=1), "no price known"),
        (
            Usage(vlm_calls=3, unpriced_calls=1, cost_usd=2.0),
            "$2.00 and 1 calls without a known price",
        ),
        (Usage(), "$0.00"),
    ],
)
def test_calls_without_a_known_price_are_never_told_as_free(usage: Usage, words: str) -> None:
    assert cost_words(usage) == words
