"""What an inspection says, read from a hand-made record."""

import pytest

from evals.tables.answers import (
    named_regions,
    ranked_modes,
    ranked_modes_of_finding,
    raw_score,
    recalled_index,
)
from graphs.records import Inspection, Recall
from tools.errors import LoupeError


def test_a_region_counts_once_and_only_where_a_finding_names_it(inspection: Inspection) -> None:
    named = named_regions(inspection)
    assert [(one.finding.id, one.box_xyxy) for one in named] == [
        ("F1", [0, 0, 5, 5]),
        ("F2", [10, 10, 15, 15]),
    ]


def test_modes_of_a_finding_are_its_own_and_those_of_causes_on_its_evidence(
    inspection: Inspection,
) -> None:
    first, second, third = inspection.verdict.findings
    assert ranked_modes_of_finding(inspection, first) == ["open", "short"]
    assert ranked_modes_of_finding(inspection, second) == []
    assert ranked_modes_of_finding(inspection, third) == ["spur", "open"]


def test_modes_of_a_part_are_those_of_its_causes_by_likelihood(inspection: Inspection) -> None:
    assert ranked_modes(inspection) == ["spur", "open", "short"]


def test_the_score_is_the_verdict_s_or_one_source_s(inspection: Inspection) -> None:
    assert raw_score(inspection) == 2.5
    assert raw_score(inspection, source="patch_memory") == 1.5


def test_a_score_that_is_not_there_is_no_number(inspection: Inspection) -> None:
    verdict = inspection.verdict.model_copy(update={"raw_score": None})
    with pytest.raises(LoupeError, match=r"part.png: no raw score; two findings"):
        raw_score(inspection.model_copy(update={"verdict": verdict}))
    with pytest.raises(LoupeError, match="no raw score of registered_difference"):
        raw_score(inspection, source="registered_difference")


def test_the_place_is_the_number_that_the_nearest_reference_is_named_by(
    inspection: Inspection,
) -> None:
    assert recalled_index(inspection) == 7
    nowhere = inspection.model_copy(update={"recall": Recall(product="p", given=True)})
    assert recalled_index(nowhere) is None
