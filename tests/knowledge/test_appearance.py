"""Failure modes are matched by what their text says is seen; nothing fits is an answer."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.appearance import match_failure_modes
from knowledge.appearance_words import WORDS, spoken_values
from knowledge.records import FailureMode
from tools.attributes import RegionAttributes, describe_region
from tools.attributes_degrees import FACETS


def _mode(name: str, appearance: str, *, occurrence: int = 3) -> FailureMode:
    return FailureMode(
        id=name, mode=name, appearance=appearance, severity=5, occurrence=occurrence, detection=5
    )


SCRATCH = _mode("scratch", "long thin bright line")
PORE = _mode("pore", "small round dark pit with a sharp rim")
STAIN = _mode("stain", "large brown patch with a soft outline")


def _line() -> RegionAttributes:
    mask = np.zeros((200, 200), dtype=np.bool_)
    mask[100:102, 40:120] = True
    image = np.full((200, 200, 3), 120, dtype=np.uint8)
    image[mask] = 200
    return describe_region(image, mask)


def _bridge() -> RegionAttributes:
    reference = np.full((120, 120, 3), 220, dtype=np.uint8)
    reference[30:44], reference[64:78] = 40, 40
    image = reference.copy()
    image[44:64, 50:58] = 40
    mask = np.asarray((image != reference).any(axis=2))
    return describe_region(image, mask, reference_hwc=reference)


def test_a_bright_line_is_a_scratch_and_the_reason_names_the_words() -> None:
    matches = match_failure_modes(_line(), [PORE, STAIN, SCRATCH])
    assert [match.failure_mode for match in matches] == [SCRATCH]
    assert "bright" in matches[0].reason
    assert 0.5 < matches[0].likelihood <= 1


def test_without_a_fitting_row_no_mode_is_named() -> None:
    assert match_failure_modes(_line(), [PORE, STAIN]) == []
    assert match_failure_modes(_line(), []) == []


def test_a_text_without_visible_words_never_matches() -> None:
    assert match_failure_modes(_line(), [_mode("wrong alloy", "not seen in pictures")]) == []


def test_a_bridge_is_a_short_circuit_and_not_a_spur() -> None:
    short = _mode("short circuit", "dark bridge of copper that joins two tracks")
    spur = _mode("spur", "dark spike that protrudes from a track")
    opened = _mode("open circuit", "bright gap across a dark track")
    matches = match_failure_modes(_bridge(), [spur, opened, short])
    assert [match.failure_mode for match in matches] == [short]
    assert match_failure_modes(_bridge(), [spur, opened]) == []


def test_the_likelihoods_of_all_modes_leave_room_for_an_unknown_one() -> None:
    twin = _mode("weld seam", "thin bright line")
    matches = match_failure_modes(_line(), [SCRATCH, twin])
    assert sum(match.likelihood for match in matches) < 1
    assert matches[0].likelihood == pytest.approx(matches[1].likelihood)


def test_the_more_frequent_of_two_alike_modes_comes_first() -> None:
    rare = _mode("rare", "thin bright line", occurrence=2)
    frequent = _mode("frequent", "thin bright line", occurrence=8)
    matches = match_failure_modes(_line(), [rare, frequent])
    assert [match.failure_mode.id for match in matches] == ["frequent", "rare"]


def test_what_is_named_first_is_the_defect_and_what_is_denied_does_not_count() -> None:
    spoken = spoken_values("bright notch in the edge of a dark track, not a hole, no line")
    assert spoken["polarity"] == {"bright": "bright"}
    assert spoken["relation"] == {"notch": "notch"}
    assert "form" not in spoken


def test_every_word_belongs_to_a_facet_that_attributes_have() -> None:
    assert {facet: set(values) for facet, values in WORDS.items()} == {
        facet: set(values) for facet, values in FACETS.items()
    }
