from __future__ import annotations

from collections.abc import Callable

import pytest

from tools.errors import ToolError
from tools.ports import ToolContext
from tools.records import ImageExtent, Region
from tools.submit import SubmitArguments, submit

MakeContext = Callable[..., ToolContext]


def marked(make_context: MakeContext) -> ToolContext:
    box = [0.0, 0.0, 9.0, 9.0]
    return make_context(
        regions={1: Region(id=1, view="V1", box_xyxy=box, source=ImageExtent(box_xyxy=box))}
    )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"anomalous": False, "score": 0.1}, "Submitted: normal, score 0.1, 0 findings."),
        (
            {"anomalous": True, "score": 0.9, "claims": ["a", "b"], "regions": [1, 0]},
            "Submitted: anomalous, score 0.9, 2 findings.",
        ),
        (
            {"anomalous": True, "score": 1, "claims": ["a"]},
            "Submitted: anomalous, score 1, 1 findings.",
        ),
    ],
)
def test_an_answer_that_holds_together_is_taken(
    make_context: MakeContext, arguments: dict[str, object], text: str
) -> None:
    result = submit.run(marked(make_context), SubmitArguments.model_validate(arguments))

    assert result.text == text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"anomalous": True, "score": 0.9}, "findings is empty"),
        ({"anomalous": False, "score": 0.9, "claims": ["a"]}, "drop them or set anomalous"),
        ({"anomalous": True, "score": 0.9, "claims": [" "]}, "a claim is blank"),
        (
            {"anomalous": True, "score": 0.9, "claims": ["a"], "regions": [5]},
            "region 5 does not exist; the regions are 1",
        ),
    ],
)
def test_an_answer_that_contradicts_itself_is_refused(
    make_context: MakeContext, arguments: dict[str, object], words: str
) -> None:
    with pytest.raises(ToolError, match=words):
        submit.run(marked(make_context), SubmitArguments.model_validate(arguments))
