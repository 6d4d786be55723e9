from __future__ import annotations

import numpy as np

from tools.experts.anomaly_ov.assistant_prompt import END, START, Control, Spoken, chatml

QUESTION = "Are there any defects?"


def test_a_conversation_is_chatml_with_a_line_break_behind_each_picture() -> None:
    shown = np.zeros((4, 6, 3), dtype=np.uint8)

    pieces = chatml([Spoken("user", (shown, QUESTION))])

    at = next(number for number, piece in enumerate(pieces) if piece is shown)
    assert (at, len(pieces)) == (6, 12)
    assert pieces[:at] == [
        Control(START),
        "system\nYou are a helpful assistant.",
        Control(END),
        "\n",
        Control(START),
        "user\n",
    ]
    assert pieces[at + 1 :] == [
        f"\n{QUESTION}",
        Control(END),
        "\n",
        Control(START),
        "assistant\n",
    ]


def test_a_system_turn_of_ones_own_replaces_the_default() -> None:
    pieces = chatml([Spoken("system", ("Be brief.",)), Spoken("user", ("Hello.",))])

    assert pieces[:3] == [Control(START), "system\nBe brief.", Control(END)]
