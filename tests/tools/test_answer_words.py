from __future__ import annotations

from time import process_time

import pytest

from tools.answers.words import last_claim


@pytest.mark.parametrize(
    "answer",
    [
        "There is one point near (2, 40). This point can be considered an anomaly or outlier.",
        # Denies the one, then claims the other: GPT-4V on video frames, in the paper's figure 6.
        "There are no technical anomalies like pixelation evident. However, the content can be "
        'considered an "anomaly" or "outlier".',
        "In conclusion, the second image of the bottle contains an anomaly.",
        "Yes, the level is too high; the bottle is not damaged.",
        "It is not only damaged but also defective.",
    ],
)
def test_what_is_claimed_last_counts(answer: str) -> None:
    assert last_claim(answer) is True


@pytest.mark.parametrize(
    "answer",
    [
        "The second image does not seem to contain any anomalies or defects.",
        "A dark spot could be an anomaly, but it is a shadow: the part isn't defective.",
        "No. A scratch may look like a defect.",
        "It has no anomalies, defects, or any irregularities.",
        "The surface appears smooth and normal.",
    ],
)
def test_what_is_denied_last_counts(answer: str) -> None:
    assert last_claim(answer) is False


@pytest.mark.parametrize(
    "answer", ["I'm sorry, I can't assist with that.", "The picture shows two screws.", ""]
)
def test_an_answer_that_says_neither_says_nothing(answer: str) -> None:
    assert last_claim(answer) is None


@pytest.mark.parametrize("piece", [" ", ",", '"', "no ", "no, ", "a-", 'anomaly "'])
def test_long_answers_are_read_in_time_that_grows_with_their_length(piece: str) -> None:
    begun = process_time()

    last_claim("no anomaly" + piece * 20_000)

    assert process_time() - begun < 2.0
