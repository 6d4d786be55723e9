from __future__ import annotations

from graphs.causes import LikelyMode, explain, match_looks, match_part_check
from graphs.records import Cause, Finding, Remediation
from knowledge.records import FailureMode


def mode(number: int, name: str, appearance: str, *, cause: str = "a cause") -> FailureMode:
    return FailureMode(
        id=f"FM{number}",
        mode=name,
        appearance=appearance,
        cause=cause,
        remediation=f"mend {number}",
        severity=5,
        occurrence=5,
        detection=5,
        source=f"fmea.csv line {number}",
    )


SCRATCH = mode(1, "scratch", "thin bright line beside a screw")
MISSING_SCREW = mode(2, "missing screw", "bare ring where a screw head should be")
PINS = mode(3, "wrong number of header pins", "fewer than ten gold pins")
EXTRA = mode(4, "additional chip resistor", "a resistor on a footprint that stays empty")
LIKELY = (0.9, 0.8, 0.7, 0.6)
MODES = [SCRATCH, MISSING_SCREW, PINS, EXTRA]


def test_a_missing_part_matches_the_mode_that_speaks_of_it() -> None:
    assert [one.mode for one in match_part_check("missing", "screw", MODES)] == [MISSING_SCREW]
    assert [one.mode for one in match_part_check("missing", "pin", MODES)] == [PINS]


def test_an_extra_part_matches_the_mode_that_speaks_of_more() -> None:
    assert match_part_check("extra", "resistor", MODES)[0].mode == EXTRA


def test_a_part_that_no_mode_speaks_of_has_no_cause() -> None:
    assert match_part_check("missing", "capacitor", MODES) == []
    assert match_part_check("missing", "part of type_3", MODES) == []


def test_findings_of_one_mode_share_a_cause_that_cites_them_all() -> None:
    findings = [
        Finding(id="F1", claim="a", evidence_ids=["E1"]),
        Finding(id="F2", claim="b", evidence_ids=["E2", "E1"]),
        Finding(id="F3", claim="c", evidence_ids=["E3"]),
    ]
    modes = {"F1": [LikelyMode(SCRATCH, 0.4)], "F2": [LikelyMode(SCRATCH, 0.6)], "F3": []}

    explanation = explain(findings, modes)

    source = "FM1: scratch (fmea.csv line 1)"
    assert explanation.causes == [
        Cause(text="a cause", likelihood=0.6, evidence_ids=["E1", "E2"], source=source)
    ]
    assert explanation.remediation == [Remediation(text="mend 1", source=source)]


def test_only_the_likeliest_mode_is_mended_but_three_are_told() -> None:
    finding = Finding(id="F1", claim="a", evidence_ids=["E1"])
    likely = [
        LikelyMode(one, likelihood)
        for likelihood, one in zip((0.9, 0.8, 0.7, 0.6), MODES, strict=True)
    ]

    explanation = explain([finding], {"F1": likely})

    assert [cause.likelihood for cause in explanation.causes] == [0.9, 0.8, 0.7]
    assert [one.text for one in explanation.remediation] == ["mend 1"]


def test_a_mode_without_a_written_cause_gives_none() -> None:
    finding = Finding(id="F1", claim="a", evidence_ids=["E1"])
    silent = mode(9, "spot", "white spot", cause="")

    assert explain([finding], {"F1": [LikelyMode(silent, 0.5)]}).causes == []


def test_the_mode_that_speaks_of_most_looks_of_a_place_comes_first() -> None:
    modes = [
        mode(1, "cooling lost", "the temperature stays above its level"),
        mode(2, "loose plug", "short spikes to a high value"),
        mode(3, "worn seal", "oil on the flange"),
    ]

    found = match_looks(["high", "spike"], modes)

    # FM2 names both looks, one of them is in no title: 2; FM1 one of two: 1. Of 0.9 in all.
    assert [(one.mode.id, round(one.likelihood, 3)) for one in found] == [
        ("FM2", 0.6),
        ("FM1", 0.15),
    ]


def test_looks_that_no_mode_speaks_of_have_no_cause() -> None:
    assert match_looks(["flat"], [mode(1, "cooling lost", "hot")]) == []


def test_size_and_side_choose_among_modes_that_speak_of_the_look_and_make_none() -> None:
    modes = [
        mode(1, "large bulge", "swollen over a wide area"),
        mode(2, "bulge", "a small bump at the top"),
        mode(3, "scratch", "a small line at the top"),
    ]

    found = match_looks(["bulge", "small", "top"], modes)

    # FM2 speaks of the look, in its title too, and of both details: 2; FM1 of the look: 1.5.
    assert [(one.mode.id, round(one.likelihood, 3)) for one in found] == [
        ("FM2", 0.514),
        ("FM1", 0.386),
    ]
