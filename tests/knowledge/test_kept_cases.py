"""Past inspections that are kept: found by picture and text, replaced, removed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge.records import Case, CaseClaim
from knowledge.store import KnowledgeStore
from tools.arrays import UInt8Image
from tools.errors import KnowledgeError
from tools.ports import CaseQuery

Picture = Callable[[int], UInt8Image]
MakeCase = Callable[..., Case]


def test_cases_are_found_by_picture_and_by_text(
    store: KnowledgeStore,
    folder: Path,
    a_case: MakeCase,
    bracket_picture: Picture,
    checkerboard_picture: Picture,
) -> None:
    store.add(folder)
    store.add_case(a_case("C1"), image_hwc=bracket_picture(7))
    store.add_case(a_case("C2"), image_hwc=checkerboard_picture(7))
    store.add_case(a_case("C3", summary="the purple paint peels off"))
    found = store.similar_cases(bracket_picture(8), query=CaseQuery("BR-7"), k=5)
    assert [case.id for case in found] == ["C1", "C2"]
    assert found[0].similarity > 0.9 > found[1].similarity
    passage = store.look_up("peeling paint", product="bracket")[0]
    assert (passage.kind, passage.id) == ("case", "C3")
    store.add(folder)
    assert store.look_up("peeling paint", product="bracket")[0].id == "C3"


def test_cases_of_the_same_file_of_later_times_and_of_other_things_are_left_out(
    store: KnowledgeStore, folder: Path, a_case: MakeCase, bracket_picture: Picture
) -> None:
    store.add(folder)
    scratch = CaseClaim(claim="a scratch", about=["failure mode FM1, scratch"])
    changes: dict[str, dict[str, Any]] = {
        "own": {"asset_sha256": "1" * 64},
        "later": {"created": "2026-01-01T00:00:01+00:00"},
        "scratched": {"findings": [scratch]},
    }
    for number, (case_id, change) in enumerate(changes.items()):
        case = a_case(case_id).model_copy(update=change)
        store.add_case(case, image_hwc=bracket_picture(number))

    def found(**query: Any) -> set[str]:
        asked = CaseQuery("bracket", **query)
        return {one.id for one in store.similar_cases(bracket_picture(9), query=asked, k=9)}

    assert found() == {"own", "later", "scratched"}
    assert found(without_asset="1" * 64) == {"later", "scratched"}
    assert found(before="2026-01-01T00:00:01Z") == {"own", "scratched"}
    assert found(about=("failure mode FM1, scratch",)) == {"scratched"}


def test_a_case_that_is_kept_again_replaces_its_text_and_can_be_removed(
    store: KnowledgeStore, folder: Path, a_case: MakeCase, bracket_picture: Picture
) -> None:
    store.add(folder)
    for summary in ("purple paint peels", "green paint peels"):
        store.add_case(a_case("C1", summary=summary), image_hwc=bracket_picture(1))

    texts = [one.text for one in store.look_up("paint peels", product="bracket", kinds=["case"])]
    assert texts == ["anomalous: green paint peels"]
    assert store.case("C1") == a_case("C1", summary="green paint peels")
    store.remove_case("C1")
    assert (store.cases(), store.look_up("paint", product="bracket", kinds=["case"])) == ([], [])
    with pytest.raises(KnowledgeError, match="no case 'C1' is kept"):
        store.remove_case("C1")
