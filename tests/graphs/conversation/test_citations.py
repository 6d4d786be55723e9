from __future__ import annotations

from graphs.conversation.citations import cited, refusal, unknown, without
from graphs.conversation.records import Source

SOURCES = {
    one: Source(id=one, kind="evidence", text="seen") for one in ("I1.E3", "rule:board/R4", "Q1")
}


def test_ids_in_brackets_are_cited_each_once_in_their_order() -> None:
    text = "Two of ten [Q1], a splash [I1.E3, rule:board/R4] again [Q1]."

    assert cited(text) == ["Q1", "I1.E3", "rule:board/R4"]


def test_a_box_in_brackets_is_no_citation() -> None:
    assert cited("the box [10, 20, 30, 40] and [see above]") == []


def test_an_id_that_nothing_has_is_unknown() -> None:
    assert unknown("[I1.E3] [I1.E9] [mode:board/nowhere]", SOURCES) == [
        "I1.E9",
        "mode:board/nowhere",
    ]


def test_struck_out_citations_leave_the_others_and_no_empty_brackets() -> None:
    assert without("A [I1.E3, I1.E9]. B [I1.E9].", ["I1.E9"]) == "A [I1.E3]. B."


def test_a_refusal_names_what_is_wrong_and_what_there_is() -> None:
    told = refusal(["I1.E9"], SOURCES)

    assert "cites I1.E9" in told
    assert "I1.E3, Q1, rule:board/R4" in told
