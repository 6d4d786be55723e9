from __future__ import annotations

from typing import Any

from graphs.minds.contract import Scene
from graphs.minds.embedded import EmbeddedMind, gather
from graphs.records import Candidate, Round, ToolCall
from knowledge.records import Product
from tools.records import Evidence, ImageExtent, Region

PRODUCT = Product(name="plate", descriptor="A plate.")


def region(number: int, box: list[float], *, score: float | None) -> Region:
    return Region(id=number, view="V1", box_xyxy=box, score=score, source=ImageExtent(box_xyxy=box))


SPOT = region(1, [0, 0, 10, 10], score=3.0)
FAINT = region(2, [40, 40, 50, 50], score=1.5)
SCREW = region(3, [0, 0, 12, 12], score=None)


def said(number: int, place: Region | None, **values: Any) -> Evidence:
    return Evidence(
        id=f"E{number}", tool="score", view="V1", region=place, values=values, text=f"text {number}"
    )


def scene(**fields: Any) -> Scene:
    shown: dict[str, Any] = {
        "product": PRODUCT,
        "views": [],
        "evidence": [],
        "regions": [],
        "rounds": [],
        "levels": {},
        "suspicion": 0.9,
        "tools": ["zoom", "measure", "look_up"],
    }
    return Scene(**{**shown, **fields})


SEEN = [
    said(1, None, expert="a", raw_score=4.0, normal_level=2.0),
    said(2, SPOT, expert="a", peak=3.0, normal_level=1.0),
    said(3, FAINT, expert="a", peak=1.5, normal_level=1.0),
]


async def test_the_first_look_gathers_the_worst_first_and_asks_to_see_it_nearer() -> None:
    turn = await EmbeddedMind().look(scene(evidence=SEEN, regions=[FAINT, SPOT]))

    assert [(one.region, one.evidence_ids) for one in turn.candidates] == [(1, ["E2"]), (2, ["E3"])]
    assert [(call.tool, call.arguments["region"]) for call in turn.tool_calls] == [
        ("zoom", 1),
        ("measure", 1),
        ("zoom", 2),
        ("measure", 2),
    ]
    assert not turn.submitted
    assert turn.thought.startswith("text 1 2 candidates. Region 1, 10 x 10 px at (0, 0), differs")


async def test_a_calm_part_is_not_looked_at_again() -> None:
    turn = await EmbeddedMind().look(scene(evidence=SEEN, regions=[SPOT], suspicion=0.2))

    assert (turn.tool_calls, turn.submitted) == ([], True)


async def test_tools_that_are_not_allowed_are_not_asked_for() -> None:
    turn = await EmbeddedMind().look(scene(evidence=SEEN, regions=[SPOT], tools=["zoom"]))

    assert [call.tool for call in turn.tool_calls] == ["zoom"]


def test_what_a_missing_part_explains_is_not_claimed_twice() -> None:
    missing = said(4, SCREW, check="missing", part="screw", expected=1, found=0)

    candidates = gather(scene(evidence=[*SEEN, missing], regions=[SPOT, FAINT, SCREW]))

    assert [one.region for one in candidates] == [3, 2]


async def test_the_second_look_keeps_what_holds_and_submits() -> None:
    against = Evidence(
        id="E5",
        tool="measure",
        view="V1",
        region=FAINT,
        values={"within": True},
        text="Region 2 is within bounds.",
    )
    first = Round(
        number=1,
        thought="t",
        tool_calls=[ToolCall(id="C1", tool="measure")],
        candidates=[
            Candidate(claim="a", region=1, evidence_ids=["E2"]),
            Candidate(claim="b", region=2, evidence_ids=["E3"]),
        ],
    )

    turn = await EmbeddedMind().look(
        scene(evidence=[*SEEN, against], regions=[SPOT, FAINT], rounds=[first])
    )

    assert turn.submitted
    assert [one.region for one in turn.candidates] == [1]
    assert "Region 2 does not hold: Region 2 is within bounds." in turn.thought
    assert turn.thought.endswith("1 of 2 candidates stand.")


async def test_an_unknown_product_is_said_to_be_unknown() -> None:
    turn = await EmbeddedMind().look(scene(product=None))

    assert turn.thought == "I do not know this product, so I have nothing to compare it with."
    assert turn.submitted


async def test_what_measurement_left_undecided_stands() -> None:
    candidate = Candidate(claim="a", region=1)

    refutation = await EmbeddedMind().refute(scene(), [candidate])

    assert (refutation.survivors, refutation.refuted) == ([candidate], [])


async def test_a_region_without_a_peak_of_its_own_claims_only_the_score_of_the_part() -> None:
    evidence = [said(1, SPOT, expert="a", raw_score=6.0, normal_level=2.0)]

    turn = await EmbeddedMind().look(scene(evidence=evidence, regions=[SPOT]))

    assert [one.claim for one in turn.candidates] == [
        "Region 1, 10 x 10 px at (0, 0), differs most in a part that scores 3.0 times what normal "
        "parts reach (a)."
    ]
