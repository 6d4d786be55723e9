from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from pydantic import ValidationError

from tools.arrays import UInt8Image
from tools.errors import ToolError
from tools.look_up import LookUpArguments, look_up
from tools.ports import CaseQuery, Passage, ReferencePicture, SimilarCase, ToolContext

MakeContext = Callable[..., ToolContext]
RULE = Passage("rule", "R1", "No scratch longer than 2 mm.", "rules.yaml:3", 0.8)


class OneRule:
    """Knows one rule of one product."""

    def look_up(
        self, query: str, *, product: str, kinds: Sequence[str] = (), k: int = 5
    ) -> list[Passage]:
        known = product == "part" and (not kinds or "rule" in kinds)
        return [RULE][:k] if known else []

    def nearest_references(
        self, image_hwc: UInt8Image, *, product: str, k: int = 1
    ) -> list[ReferencePicture]:
        return []

    def similar_cases(
        self, image_hwc: UInt8Image, *, query: CaseQuery, k: int = 3
    ) -> list[SimilarCase]:
        return []


def test_each_passage_is_evidence_that_names_its_source(make_context: MakeContext) -> None:
    result = look_up.run(make_context(knowledge=OneRule()), LookUpArguments(query="scratch"))

    assert result.text == "[rule R1, rules.yaml:3] No scratch longer than 2 mm."
    [draft] = result.evidence
    assert (draft.tool, draft.view, draft.source) == ("look_up", None, "rules.yaml:3")
    assert draft.text == "No scratch longer than 2 mm."
    assert draft.values == {"kind": "rule", "id": "R1", "relevance": 0.8, "query": "scratch"}


def test_nothing_known_is_said_and_is_no_evidence(make_context: MakeContext) -> None:
    arguments = LookUpArguments(query="scratch", kinds=["note", "case"])

    result = look_up.run(make_context(knowledge=OneRule()), arguments)

    assert result.text == "Nothing of note, case is known of part near these words."
    assert result.evidence == []


def test_an_unknown_product_is_refused(make_context: MakeContext) -> None:
    with pytest.raises(ToolError, match="the product is unknown"):
        look_up.run(make_context(product=None), LookUpArguments(query="scratch"))


def test_a_blank_query_is_refused(make_context: MakeContext) -> None:
    with pytest.raises(ToolError, match="query is blank"):
        look_up.run(make_context(), LookUpArguments(query="  "))


@pytest.mark.parametrize("arguments", [{"query": ""}, {"query": "x", "k": 11}, {"kinds": ["x"]}])
def test_arguments_out_of_bounds_do_not_validate(arguments: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LookUpArguments.model_validate(arguments)


class TwoCases(OneRule):
    """Knows the case of a file that has a digest of noughts, and another."""

    def look_up(
        self, query: str, *, product: str, kinds: Sequence[str] = (), k: int = 5
    ) -> list[Passage]:
        digests = {"own": "0" * 64, "other": "f" * 64}
        cases = [Passage("case", n, n, f"case {n}", 0.9, d) for n, d in digests.items()]
        return cases[:k]


def test_the_past_of_the_same_file_is_not_told(make_context: MakeContext) -> None:
    context = make_context(knowledge=TwoCases())
    result = look_up.run(context, LookUpArguments(query="spot", kinds=["case"], k=1))

    assert [draft.source for draft in result.evidence] == ["case other"]
