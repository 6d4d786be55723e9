from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.records import ImageExtent, MaskRecord, Region
from tools.text_to_segmentation import RegionAnswer, parse_answer, to_anomaly_map

KNOWN = range(1, 65)
FRAGMENTS = [
    *'{}[]:-,;.%|#3"',
    *["region", "regions", "score", "and", "5-7", "0.9", "70", "1e9", "nan"],
    *("image anomaly score", " ", "\n"),
]

WRITTEN = [
    # as published, with and without the score of the image
    ("image anomaly score: 0.9; region 1: 0.9; region 3: 0.7.", 0.9, {1: 0.9, 3: 0.7}),
    ("region 1: 0.9; region 3: 0.7.", None, {1: 0.9, 3: 0.7}),
    ("anomaly score: 0.9; section 4: 0.8", 0.9, {4: 0.8}),
    ("image anomaly score: 0.1", 0.1, {}),
    ("image anomaly score: 0", 0.0, {}),
    # lines, commas, markdown
    ("Image Anomaly Score: 0.8\nRegion 12: 0.8\nRegion 13: 0.6", 0.8, {12: 0.8, 13: 0.6}),
    ("Region 1: 0.9, Region 3: 0.7", None, {1: 0.9, 3: 0.7}),
    (
        "**Image anomaly score:** 0.95\n- **Region 7**: 0.9\n* `region 8` = .4",
        0.95,
        {7: 0.9, 8: 0.4},
    ),
    ("1. Region #3 - 0.7\n2. Region #4 \u2013 0.6", None, {3: 0.7, 4: 0.6}),
    (
        "**Region 5**\n- Anomaly score: 0.8\n\n**Region 6**\n- Anomaly score: 0.3",
        None,
        {5: 0.8, 6: 0.3},
    ),
    ("| Region | Score |\n|---|---|\n| 3 | 0.7 |\n| 14 | 85% |", None, {3: 0.7, 14: 0.85}),
    ("1: 0.9; 3: 0.7", None, {1: 0.9, 3: 0.7}),
    # several regions at once
    ("regions 3 and 4: 0.8", None, {3: 0.8, 4: 0.8}),
    ("Regions 3, 4, and 9: 0.8; region 10: 0.2", None, {3: 0.8, 4: 0.8, 9: 0.8, 10: 0.2}),
    ("regions 3-5: 0.6", None, {3: 0.6, 4: 0.6, 5: 0.6}),
    ("Regions 3 (0.7), 4 (0.8) and 9 (0.2)", None, {3: 0.7, 4: 0.8, 9: 0.2}),
    # scales
    ("Region 3: 70%; region 4: 7/10; region 5: 70", None, {3: 0.7, 4: 0.7, 5: 0.7}),
    ("overall anomaly score is 85 percent. region 2: 1", 0.85, {2: 1.0}),
    # sentences
    ("Region 20 shows a red cord (0.9). Region 26 has 2 fibres, 0.75.", None, {20: 0.9, 26: 0.75}),
    ("I would give 0.9 for region 3 and 0.4 for region 7.", None, {3: 0.9, 7: 0.4}),
    ("Region 3 has a scratch 0.5 mm long, anomaly score 0.8", None, {3: 0.8}),
    ("Regions 1 to 4 look fine. Region 7: 0.8", None, {7: 0.8}),
    ("The anomaly score of the image is 0.6; region 9: 0.6", 0.6, {9: 0.6}),
    ("Region 3: 0.3 at first sight. On reflection, region 3: 0.7.", None, {3: 0.7}),
    ("Regions with anomalies: region 3 (score 0.8), region 5 (score 0.6)", None, {3: 0.8, 5: 0.6}),
    ("The probability of an anomaly in region 14 is about 0.85.", None, {14: 0.85}),
    ("Image anomaly score: 0.85\n\nAnomalies:\n14: 0.85\n15: 0.6", 0.85, {14: 0.85, 15: 0.6}),
    ("Region 3\n- Description: a dent. It is deep.\n- Score: 0.8", None, {3: 0.8}),
    ("Region 3 (upper left): 1\nRegion 4 (lower right): 0.25", None, {3: 1.0, 4: 0.25}),
    # other languages
    ("区域3\uff1a0.9\uff1b区域5\uff1a0.4", None, {3: 0.9, 5: 0.4}),
    ("Bild-Anomalie: 0,9; Bereich 3: 0,7", 0.9, {3: 0.7}),
    ("région 3 : 0,7 ; région 5 : 0,25", None, {3: 0.7, 5: 0.25}),
    # JSON
    ('{"image anomaly score": 0.9, "region 1": 0.9, "region 3": 0.7}', 0.9, {1: 0.9, 3: 0.7}),
    (
        '```json\n[{"region": 3, "score": 0.9}, {"region": 5, "score": 0.4}]\n```',
        None,
        {3: 0.9, 5: 0.4},
    ),
    ('{"image_anomaly_score": 0.8, "regions": {"12": 0.8, "13": "60%"}}', 0.8, {12: 0.8, 13: 0.6}),
    ('Sure. {"regions": [{"id": "Region 2", "anomaly_score": 0.5, "why": "x"}]}', None, {2: 0.5}),
    ("[[1, 0.9], [3, 0.7]]", None, {1: 0.9, 3: 0.7}),
    # thoughts and the prompt's own example are no answer
    ("<think>maybe region 9: 0.9</think>region 2: 0.4", None, {2: 0.4}),
    (
        'In the format "image anomaly score: 0.9; region 1: 0.9; region 3: 0.7." I answer: '
        "image anomaly score: 0.2; region 8: 0.2.",
        0.2,
        {8: 0.2},
    ),
]


@pytest.mark.parametrize(("text", "image", "regions"), WRITTEN)
def test_what_models_write_is_read(
    text: str, image: float | None, regions: dict[int, float]
) -> None:
    answer = parse_answer(text, KNOWN)

    assert answer.outcome == "scored"
    assert answer.region_scores == pytest.approx(regions)
    if image is not None:
        assert answer.image_score == pytest.approx(image)
        assert answer.image_score_from == "stated"
    else:
        assert answer.image_score == pytest.approx(max(regions.values()))
        assert answer.image_score_from == "max_over_regions"


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't assist with that request.",
        "I\u2019m sorry, I can\u2019t help with identifying this.",
        "I cannot provide anomaly scores for this image.",
        "As an AI language model, I do not have the ability to inspect parts.",
        "I am unable to determine anomaly scores.",
    ],
)
def test_a_refusal_is_told_apart_and_has_no_score(text: str) -> None:
    assert parse_answer(text, KNOWN) == RegionAnswer(outcome="refused")


@pytest.mark.parametrize(
    "text",
    [
        "No anomalies detected.",
        "There are no visible defects in this image.",
        "The hazelnut appears normal.",
        "Region 3 does not show any anomaly.",
    ],
)
def test_words_that_deny_an_anomaly_score_the_image_nought(text: str) -> None:
    assert parse_answer(text, KNOWN) == RegionAnswer(
        outcome="no_anomaly", image_score=0.0, image_score_from="no_anomaly_stated"
    )


@pytest.mark.parametrize("text", ["", "   ", "A nice picture of a bottle.", "Region 3", "{}", "[]"])
def test_an_answer_without_scores_is_unparsable_not_normal(text: str) -> None:
    assert parse_answer(text, KNOWN) == RegionAnswer(outcome="unparsable")


def test_regions_that_do_not_exist_are_reported_and_not_used() -> None:
    answer = parse_answer("region 3: 0.4; region 99: 0.9", KNOWN)

    assert answer.region_scores == {3: 0.4}
    assert answer.image_score == 0.4
    assert answer.unknown_regions == {99: 0.9}
    assert answer.notes == ["regions that do not exist: 99"]


def test_an_answer_with_unknown_regions_only_is_unparsable() -> None:
    answer = parse_answer("region 99: 0.9", KNOWN)

    assert (answer.outcome, answer.image_score) == ("unparsable", None)
    assert answer.unknown_regions == {99: 0.9}


def test_what_had_to_be_interpreted_is_noted() -> None:
    answer = parse_answer("region 1: 90; region 2: 0.3; region 2: 0.5; region 3: 500", KNOWN)

    assert answer.region_scores == {1: 0.9, 2: 0.5}
    assert answer.notes == [
        "90 of region 1 is above 1 and read as a percentage",
        "region 2 was scored more than once; the greatest is kept",
        "500 of region 3 is no score between 0 and 1 and left out",
    ]


def test_a_range_beyond_belief_is_not_expanded() -> None:
    assert len(parse_answer("regions 1-999999999: 0.5", KNOWN).region_scores) <= 1


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(FRAGMENTS),
        max_size=30,
    )
)
def test_whatever_is_written_scores_lie_between_nought_and_one(words: list[str]) -> None:
    answer = parse_answer(" ".join(words), KNOWN)

    assert set(answer.region_scores) <= set(KNOWN)
    assert all(0 <= score <= 1 for score in answer.region_scores.values())
    assert (answer.image_score is not None) == (answer.outcome in ("scored", "no_anomaly"))
    assert answer.image_score is None or 0 <= answer.image_score <= 1


def test_a_long_hostile_answer_is_read_in_time() -> None:
    answer = parse_answer("region 1 " * 20_000 + "0.9" + "[" * 5_000, KNOWN)

    assert answer.outcome in ("scored", "unparsable")


def region(number: int, box: list[float], mask: np.ndarray | None = None) -> Region:
    return Region(
        id=number,
        view="V1",
        box_xyxy=box,
        mask=None if mask is None else MaskRecord.of(mask),
        source=ImageExtent(box_xyxy=box),
    )


def test_the_map_holds_each_score_over_its_mask_and_the_greatest_where_they_overlap() -> None:
    corner = np.array([[True, False], [True, True]])
    regions = {1: region(1, [0, 0, 2, 2], corner), 2: region(2, [1, 0, 4, 1])}

    anomaly_map = to_anomaly_map({1: 0.9, 2: 0.3}, regions, height_px=3, width_px=4)

    expected = [[0.9, 0.3, 0.3, 0.3], [0.9, 0.9, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(anomaly_map, np.array(expected, dtype=np.float32))
    overlapping = {1: regions[1], 2: region(2, [0, 0, 4, 1])}
    both = to_anomaly_map({1: 0.2, 2: 0.5}, overlapping, height_px=3, width_px=4)
    np.testing.assert_array_equal(both[0], np.full(4, 0.5, dtype=np.float32))
