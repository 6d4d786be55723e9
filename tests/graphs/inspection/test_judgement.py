"""Evidence, checks, refutation, scores and the verdict: the parts of `judge`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphs.calibrate import fit_calibration
from graphs.causes import Explanation
from graphs.inspection.appearance import Cutout, explained_by_shift
from graphs.inspection.checks import check_candidates, part_check
from graphs.inspection.findings import as_sentence
from graphs.inspection.refutation import Case, Grounds, sift
from graphs.inspection.scoring import Judged, judge_scores
from graphs.inspection.support import says, supporting
from graphs.inspection.tolerances import measured_tolerances
from graphs.inspection.verdict import Judgement, compose_verdict
from graphs.records import Candidate, Decision, Finding, Refuted, Thresholds
from knowledge.records import Calibration, FailureMode, Rule
from tools.arrays import UInt8Image
from tools.records import Evidence, ImageExtent, Region, View

BOX = [40.0, 30.0, 60.0, 50.0]


def view(number: int, window: list[float]) -> View:
    return View(
        id=f"V{number}",
        asset_sha256="0" * 64,
        artifact="1" * 64,
        size=[96, 96],
        window_xyxy=window,
        factor_xy=[1, 1],
    )


VIEWS = {"V1": view(1, [0, 0, 96, 96]), "V2": view(2, [0, 0, 45, 45])}
REGION = Region(id=1, view="V1", box_xyxy=BOX, source=ImageExtent(box_xyxy=BOX))


def evidence(number: int, *, shown_in: str | None = "V1", **values: Any) -> Evidence:
    return Evidence(
        id=f"E{number}", tool="score", view=shown_in, values=values, text=f"text {number}"
    )


def test_evidence_supports_only_what_its_window_shows() -> None:
    high = evidence(1, peak=3.0, normal_level=2.0)
    beside = evidence(2, shown_in="V2", peak=3.0, normal_level=2.0)
    lost = evidence(3, shown_in="V9", peak=3.0, normal_level=2.0)
    low = evidence(4, peak=1.0, normal_level=2.0)

    assert supporting([high, beside, lost, low], region=REGION, views=VIEWS) == [high]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"peak": 3.0, "normal_level": 2.0}, True),
        ({"raw_score": 2.0, "normal_level": 2.0}, False),
        ({"within": False, "value": 5}, True),
        ({"within": True, "value": 6}, False),
        ({"expected": 6, "found": 5}, True),
        ({"expected": 6, "found": 6}, False),
        ({"check": "misplaced", "expected": 1, "found": 1}, True),
        ({"area_px2": 12.0}, None),
    ],
)
def test_values_say_that_something_is_wrong_or_that_it_is_not(
    values: dict[str, Any], said: bool | None
) -> None:
    assert says(evidence(1, **values)) is said


MISSING = evidence(1, check="missing", part="screw", expected=1, found=0)
BROKEN = evidence(2, check="rule", rule="R4", part="screw", value=5.0, min=6.0, within=False)
KEPT = evidence(3, check="rule", rule="R5", part="pin", value=10.0, min=10.0, within=True)
ALONE = evidence(4, check="rule", rule="R6", part="clip", value=3.0, max=2.0, within=False)


def test_a_missing_part_and_the_rule_that_counts_it_are_one_candidate() -> None:
    candidates = check_candidates([MISSING, BROKEN, KEPT, ALONE])

    assert [(one.evidence_ids, one.rule_ids) for one in candidates] == [
        (["E1", "E2"], ["R4"]),
        (["E4"], ["R6"]),
    ]
    assert candidates[0].claim == "text 1 text 2"


def test_a_broken_count_says_which_way_it_is_broken() -> None:
    assert part_check([BROKEN]) == ("missing", "screw")
    assert part_check([ALONE]) == ("extra", "clip")
    assert part_check([KEPT]) is None


def test_what_an_extra_part_hides_is_no_candidate_of_its_own() -> None:
    hidden = MISSING.model_copy(update={"region": REGION})
    extra = evidence(5, check="extra", part="chip", expected=0, found=1).model_copy(
        update={"region": REGION.model_copy(update={"id": 2})}
    )

    assert [one.evidence_ids for one in check_candidates([hidden, extra])] == [["E5"]]


def case(*cited: Evidence, cutout: Cutout | None = None, **fields: Any) -> Case:
    candidate = Candidate(claim="a spot", region=1, evidence_ids=[one.id for one in cited])
    return Case(candidate=candidate, cited=list(cited), region=REGION, cutout=cutout, **fields)


def test_a_claim_without_evidence_is_refuted() -> None:
    sifted = sift([case()], Grounds(views=VIEWS))

    assert sifted.undecided == []
    assert sifted.refuted[0].reason.startswith("no evidence that exists shows this region")


def test_a_claim_that_measurement_contradicts_is_refuted_with_the_measurement() -> None:
    sifted = sift([case(KEPT)], Grounds(views=VIEWS))

    assert sifted.refuted == [
        Refuted(claim="a spot", reason="measured within bounds: text 3", evidence_ids=["E3"])
    ]


def edge(shift_px: int) -> UInt8Image:
    image = np.full((40, 40, 3), 30, dtype=np.uint8)
    image[:, 20 + shift_px :] = 200
    return image


def cutout(image: UInt8Image, reference: UInt8Image, *, covered: bool = True) -> Cutout:
    mask = np.abs(image.astype(int) - reference).max(axis=2) > 20
    overlap = np.full(mask.shape, covered)
    return Cutout(
        image_hwc=image, mask=mask, reference_hwc=reference, overlap=overlap, picture_px=mask.size
    )


def test_an_edge_that_is_off_by_one_pixel_is_explained_and_by_three_is_not() -> None:
    assert explained_by_shift(cutout(edge(1), edge(0)))
    assert not explained_by_shift(cutout(edge(3), edge(0)))


def test_a_thin_line_that_the_reference_lacks_is_not_explained_by_a_shift() -> None:
    scratched = edge(0)
    scratched[:, 8] = 220

    assert not explained_by_shift(cutout(scratched, edge(0)))


def test_residue_of_alignment_is_refuted_where_only_the_comparison_saw_it() -> None:
    compared = evidence(1, expert="registered_difference", peak=3.0, normal_level=2.0)
    remembered = evidence(2, expert="patch_memory", peak=3.0, normal_level=2.0)
    residue = cutout(edge(1), edge(0))

    alone = sift([case(compared, cutout=residue)], Grounds(views=VIEWS))
    both = sift([case(compared, remembered, cutout=residue)], Grounds(views=VIEWS))

    assert "one pixel explains it" in alone.refuted[0].reason
    assert len(both.undecided) == 1


def test_a_difference_outside_the_overlap_is_refuted() -> None:
    compared = evidence(1, expert="registered_difference", peak=3.0, normal_level=2.0)
    outside = cutout(edge(3), edge(0), covered=False)

    sifted = sift([case(compared, cutout=outside)], Grounds(views=VIEWS))

    assert sifted.refuted[0].reason == "the reference covers only 0% of it"


SCRATCH = FailureMode(
    id="FM1", mode="scratch", appearance="line", severity=1, occurrence=1, detection=1
)
SHORT_ONES = Rule(
    id="R3",
    kind="tolerance",
    text="Scratches up to 2 mm are allowed.",
    quantity="length_mm",
    max=2.0,
    unit="mm",
)


def test_a_tolerance_judges_the_size_of_what_it_names() -> None:
    size = evidence(1, length_mm=1.5)

    (found,) = measured_tolerances([size], [SHORT_ONES], SCRATCH)

    assert found.within
    assert found.sentence == "length_mm is 1.5 mm, rule R3 allows at most 2: kept."
    assert measured_tolerances([size], [SHORT_ONES], None) == []
    stain = SCRATCH.model_copy(update={"mode": "stain"})
    assert measured_tolerances([size], [SHORT_ONES], stain) == []


@pytest.fixture
def twenty() -> Calibration:
    scores = [[float(n)] for n in range(1, 21)]
    return fit_calibration(
        product="p",
        product_digest="d",
        mind="m",
        key="k",
        scores={"a": scores},
        map_maxima={"a": scores},
    )


def test_a_missing_part_is_anomalous_whatever_the_experts_say(twenty: Calibration) -> None:
    calm = judge_scores({"a": 3.0, "parts": 0.0}, twenty)
    broken = judge_scores({"a": 3.0, "parts": 1.0}, twenty)

    assert (calm.decision, broken.decision) == ("normal", "anomalous")
    assert broken.sources == {"a": 3.0, "parts": 1.0}
    assert broken.score is not None
    assert broken.score >= twenty.high


def test_violations_that_normal_parts_have_too_do_not_count(twenty: Calibration) -> None:
    normal = {**twenty.normal_scores, "parts": [0.0, 0.0, 2.0]}
    tolerant = twenty.model_copy(update={"normal_scores": normal})

    assert judge_scores({"a": 3.0, "parts": 2.0}, tolerant).decision == "normal"
    assert judge_scores({"a": 3.0, "parts": 3.0}, tolerant).decision == "anomalous"


def test_without_any_score_a_person_must_look(twenty: Calibration) -> None:
    judged = judge_scores({}, twenty)

    assert (judged.decision, judged.score, judged.raw_score) == ("review", None, None)


def judgement(decision: Decision, **fields: Any) -> Judgement:
    judged = Judged(
        decision=decision,
        raw_score=2.0,
        score=0.8,
        p_value=0.05,
        thresholds=Thresholds(low=0.4, high=0.75, basis="calibrated on 20 references"),
        calibrated=True,
        sources={"a": 3.0},
        basis="equal weights",
    )
    return Judgement(judged=judged, known=True, regions=[REGION], **fields)


SPOT = Finding(id="F1", claim="A spot.", evidence_ids=["E1"], region=1)


def test_a_normal_part_has_no_findings_and_lists_them_as_refuted() -> None:
    verdict = compose_verdict(judgement("normal", findings=[SPOT]))

    assert (verdict.findings, verdict.regions) == ([], [])
    assert verdict.refuted[0].reason == "the score of the part is within the normal range (0.80)"


def test_an_anomalous_part_without_a_region_says_so() -> None:
    verdict = compose_verdict(judgement("anomalous"))

    assert verdict.decision == "anomalous"
    assert "No single region survived refutation" in verdict.reason


def test_what_rules_tell_to_ignore_goes_to_review() -> None:
    verdict = compose_verdict(judgement("anomalous", all_ignored=True))

    assert verdict.decision == "review"
    assert "Every difference is one that a rule tells to ignore" in verdict.reason


def test_the_regions_of_a_verdict_are_those_of_its_findings() -> None:
    explanation = Explanation([], [])
    verdict = compose_verdict(judgement("review", findings=[SPOT], explanation=explanation))

    assert verdict.regions == [REGION]
    assert verdict.reason == (
        "The score of 0.80 is between 0.40 and 0.75. 1 finding: A spot. "
        "The thresholds are calibrated on 20 references."
    )


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [("a dent", "a dent."), ("A dent. ", "A dent. "), ("Is it bent?", "Is it bent?")],
)
def test_a_claim_ends_as_a_sentence_before_another_follows(claim: str, sentence: str) -> None:
    assert as_sentence(claim) == sentence
