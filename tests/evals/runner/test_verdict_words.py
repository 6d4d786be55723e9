"""What a verdict answers to questions that the embedded mind does not read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.failures import failed_inspection
from agent.settings import load_settings
from evals.datasets.records import Question
from evals.runner.verdict_words import UNDECIDED, chosen, place_of, rated, sentence, story
from graphs.records import Inspection, Verdict
from tools.regions.division import RegionMask

WHETHER = {"A": "No.", "B": "Yes."}
PLACES = {"A": "Top left", "B": "In the center", "C": "Bottom right", "D": "It has no place."}


def region(number: int, box: list[float], score: float | None = None) -> dict[str, Any]:
    return {
        "id": number,
        "view": "V1",
        "box_xyxy": box,
        "score": score,
        "source": {"modality": "image", "box_xyxy": box},
    }


def inspected(path: Path, **verdict: Any) -> Inspection:
    """An inspection of a picture of 100 x 50 px."""
    said = {"decision": "anomalous", "score": 0.8, "reason": "r.", "status": "decided"} | verdict
    failed = failed_inspection(path, load_settings(), reason="", product=None)
    asset = failed.asset.model_copy(update={"size": [100, 50]})
    return failed.model_copy(update={"verdict": Verdict.model_validate(said), "asset": asset})


def asked(options: dict[str, str]) -> Question:
    kind = "Defect Localization" if options is PLACES else "Anomaly Detection"
    return Question(text="Well?", answer="A", options=options, kind=kind)


@pytest.mark.parametrize(
    ("verdict", "letter"),
    [
        ({"decision": "anomalous"}, "B"),
        ({"decision": "normal", "score": 0.9}, "A"),
        ({"decision": "review", "score": 0.5}, "B"),
        ({"decision": "review", "score": 0.4}, "A"),
    ],
)
def test_whether_something_is_wrong_is_answered_by_the_decision_and_a_review_by_its_score(
    tmp_path: Path, verdict: dict[str, Any], letter: str
) -> None:
    assert chosen(inspected(tmp_path / "a.png", **verdict), asked(WHETHER)) == (letter, "")


def test_a_review_without_a_score_declines(tmp_path: Path) -> None:
    told = chosen(inspected(tmp_path / "a.png", decision="review", score=None), asked(WHETHER))

    assert told == ("", UNDECIDED)


@pytest.mark.parametrize(
    ("box", "letter"), [([0, 0, 20, 10], "A"), ([45, 20, 60, 30], "B"), ([80, 40, 100, 50], "C")]
)
def test_where_is_the_place_nearest_to_the_worst_region(
    tmp_path: Path, box: list[float], letter: str
) -> None:
    regions = [region(1, [0, 40, 10, 50], 0.1), region(2, box, 0.9)]

    assert chosen(inspected(tmp_path / "a.png", regions=regions), asked(PLACES)).text == letter


def test_where_nothing_was_found_no_place_is_named(tmp_path: Path) -> None:
    told = chosen(inspected(tmp_path / "a.png"), asked(PLACES))

    assert told == ("", "the embedded mind found no region")


@pytest.mark.parametrize(
    "options",
    [{"A": "A scratch.", "B": "A dent."}, {"A": "Yes.", "B": "Yes, twice."}, {"A": "Left"}, {}],
)
def test_what_a_verdict_does_not_say_is_declined_and_never_guessed(
    tmp_path: Path, options: dict[str, str]
) -> None:
    told = chosen(inspected(tmp_path / "a.png", regions=[region(1, [0, 0, 9, 9])]), asked(options))

    assert (told.text, "nothing else" in told.declined) == ("", True)


@pytest.mark.parametrize("options", [WHETHER, PLACES])
def test_a_question_about_the_object_is_declined_though_its_options_look_alike(
    tmp_path: Path, options: dict[str, str]
) -> None:
    question = Question(text="Is the cap on?", answer="A", options=options, kind="Object Details")
    found = inspected(tmp_path / "a.png", regions=[region(1, [0, 0, 9, 9])])
    assert chosen(found, question).text == ""


def test_options_that_only_the_prompt_holds_are_not_read(tmp_path: Path) -> None:
    assert chosen(inspected(tmp_path / "a.png")).text == ""


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("top left", (1 / 6, 1 / 6)),
        ("on the right side", (5 / 6, 0.5)),
        ("lower middle", (0.5, 5 / 6)),
        ("center", (0.5, 0.5)),
        ("from left to right", None),
        ("on the rim", None),
    ],
)
def test_places_are_thirds_of_the_picture(words: str, place: tuple[float, float] | None) -> None:
    assert place_of(words.split()) == place


def test_yes_and_no_are_the_decisions_and_a_review_is_neither(tmp_path: Path) -> None:
    said = [
        sentence(inspected(tmp_path / "a.png", decision=one).verdict)
        for one in ("anomalous", "normal", "review")
    ]

    assert said == ["Yes. r.", "No. r.", "Neither yes nor no. r."]


def test_the_story_tells_findings_causes_and_what_to_do(tmp_path: Path) -> None:
    verdict = inspected(
        tmp_path / "a.png",
        findings=[{"id": "F1", "claim": "A dark spot", "evidence_ids": ["E1"]}],
        causes=[{"text": "dirt", "likelihood": 0.5, "evidence_ids": ["E1"], "source": "FM1"}],
        remediation=[{"text": "clean it", "source": "FM1"}],
    ).verdict

    assert story(verdict) == "Yes. r. A dark spot. Probable cause: dirt. What to do: clean it."


def test_numbered_regions_share_the_score_by_what_the_verdict_marks_in_them(
    tmp_path: Path,
) -> None:
    # Left half and right half of the divided picture. A region of the verdict covers the left
    # quarter of it and is the worst; another, half as bad, the right quarter.
    marked = [region(1, [0, 0, 25, 50], 6.0), region(2, [75, 0, 100, 50], 3.0)]
    half = np.ones((768, 384), dtype=np.bool_)
    masks = [RegionMask((0, 0, 384, 768), half), RegionMask((384, 0, 768, 768), half)]

    found = inspected(tmp_path / "a.png", regions=marked)

    assert rated(found, masks) == "image anomaly score: 0.8000; region 1: 0.4000; region 2: 0.2000."


def test_without_a_score_nothing_is_said_of_regions(tmp_path: Path) -> None:
    assert rated(inspected(tmp_path / "a.png", decision="review", score=None), []) == ""
