from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphs.inspection.budget import recursion_limit
from graphs.inspection.context import Budget, Context, ProductModel
from graphs.inspection.graph import build_inspection_graph, run_config
from graphs.inspection.state import InspectionInput
from graphs.minds.contract import Turn
from graphs.minds.embedded import EmbeddedMind
from graphs.records import Candidate, Inspection, ToolCall, Usage
from knowledge.records import Rule
from tools.arrays import UInt8Image
from tools.errors import AssetError, KnowledgeError, SettingsError

MakeContext = Callable[..., Context]


async def inspect(path: Path, context: Context, *, product: str | None = None) -> Inspection:
    graph = build_inspection_graph()
    start = InspectionInput(path=str(path), product=product, inspection_id="i1")
    ended = await graph.ainvoke(start, run_config("t", context.budget), context=context)
    inspection = ended["inspection"]
    assert isinstance(inspection, Inspection)
    return inspection


def asks(*calls: tuple[str, dict[str, Any]], thought: str = "look nearer") -> Turn:
    named = [
        ToolCall(id=f"C{n}", tool=tool, arguments=arguments)
        for n, (tool, arguments) in enumerate(calls, start=1)
    ]
    return Turn(thought=thought, tool_calls=named)


DONE = Turn(thought="done", submitted=True)


def test_the_graph_has_the_edges_of_the_design() -> None:
    edges = {(edge.source, edge.target) for edge in build_inspection_graph().get_graph().edges}

    assert edges == {
        ("__start__", "load"),
        ("load", "recall"),
        ("recall", "survey"),
        ("recall", "look"),
        ("survey", "look"),
        ("survey", "judge"),
        ("look", "act"),
        ("look", "judge"),
        ("act", "look"),
        ("act", "judge"),
        ("judge", "ask"),
        ("judge", "record"),
        ("ask", "record"),
        ("record", "__end__"),
    }


async def test_a_good_part_is_normal_and_has_no_findings(
    good_part: Path, make_context: MakeContext
) -> None:
    inspection = await inspect(good_part, make_context(EmbeddedMind()))

    assert inspection.verdict.decision == "normal"
    assert inspection.verdict.findings == []
    assert inspection.verdict.regions == []
    assert inspection.mind == "embedded"
    assert [event.node for event in inspection.trace] == [
        "load",
        "recall",
        "survey",
        "look",
        "judge",
        "record",
    ]


async def test_a_scratched_part_is_anomalous_and_explains_itself(
    scratched_part: Path, make_context: MakeContext
) -> None:
    inspection = await inspect(scratched_part, make_context(EmbeddedMind()))

    verdict = inspection.verdict
    evidence = {one.id: one for one in inspection.evidence}
    views = {view.id: view for view in inspection.views}
    assert verdict.decision == "anomalous"
    assert [region.box_xyxy for region in verdict.regions] == [[40, 30, 60, 50]]
    for finding in verdict.findings:
        for cited in finding.evidence_ids:
            view = views[str(evidence[cited].view)]
            assert view.contains(verdict.regions[0].box_xyxy)
    peak = evidence[verdict.findings[0].evidence_ids[0]].values
    assert float(str(peak["peak"])) > float(str(peak["normal_level"]))
    assert not verdict.calibrated
    assert "uncalibrated" in verdict.reason


async def test_the_expert_strategy_asks_no_mind(
    scratched_part: Path, make_context: MakeContext, scripted: Any
) -> None:
    mind = scripted([])

    inspection = await inspect(scratched_part, make_context(mind, strategy="expert"))

    assert mind.scenes == []
    assert inspection.rounds == []
    assert inspection.verdict.decision == "anomalous"


async def test_the_direct_strategy_looks_once_and_asks_no_expert(
    scratched_part: Path, make_context: MakeContext, scripted: Any
) -> None:
    turn = Turn(
        thought="a bright square",
        candidates=[Candidate(claim="bright square")],
        tool_calls=[ToolCall(id="C1", tool="zoom", arguments={})],
        raw_score=0.9,
    )

    inspection = await inspect(scratched_part, make_context(scripted([turn]), strategy="direct"))

    assert [event.node for event in inspection.trace] == [
        "load",
        "recall",
        "look",
        "judge",
        "record",
    ]
    assert (inspection.verdict.decision, inspection.verdict.raw_score) == ("anomalous", 0.9)
    assert inspection.verdict.fusion == {"direct": 0.9}


def test_the_direct_strategy_refuses_the_embedded_mind(make_context: MakeContext) -> None:
    with pytest.raises(SettingsError, match="strategy direct needs a VLM"):
        make_context(EmbeddedMind(), strategy="direct")


async def test_refusals_of_tools_are_observations_that_say_what_to_try(
    good_part: Path, make_context: MakeContext, scripted: Any
) -> None:
    calls = asks(
        ("polish", {}),
        ("zoom", {"view": "V9", "region": 1}),
        ("zoom", {"wide": 3}),
        ("zoom", {"box_xyxy": [10, 10, 50, 50]}),
    )
    mind = scripted([calls, DONE])

    inspection = await inspect(good_part, make_context(mind))

    unknown, refused, wrong, zoomed = inspection.rounds[0].observations
    assert unknown.startswith("There is no tool 'polish'. Try one of: ")
    assert refused.startswith("zoom refused: ")
    assert "V1" in refused
    assert wrong.startswith("zoom refused its arguments: wide: Extra inputs are not permitted")
    assert zoomed.endswith("[E2]")
    assert [view.id for view in inspection.views] == ["V1", "V2"]


async def test_two_zooms_of_one_round_make_two_views(
    good_part: Path, make_context: MakeContext, scripted: Any
) -> None:
    calls = asks(("zoom", {"box_xyxy": [10, 10, 50, 50]}), ("zoom", {"box_xyxy": [40, 40, 90, 90]}))

    inspection = await inspect(good_part, make_context(scripted([calls, DONE])))

    assert [view.window_xyxy for view in inspection.views[1:]] == [
        [10, 10, 50, 50],
        [40, 40, 90, 90],
    ]
    assert [one.view for one in inspection.evidence[1:]] == ["V2", "V3"]


async def test_looking_stops_when_the_rounds_are_spent_and_the_verdict_says_so(
    scratched_part: Path, make_context: MakeContext, scripted: Any
) -> None:
    mind = scripted([asks(("zoom", {"box_xyxy": [10, 10, 50, 50]})) for _ in range(9)])

    inspection = await inspect(scratched_part, make_context(mind, budget=Budget(rounds=2)))

    assert len(inspection.rounds) == 2
    assert inspection.verdict.decision == "anomalous"
    assert "Judged early: the budget of 2 rounds is spent (2 used)." in inspection.verdict.reason


@pytest.mark.parametrize(
    ("budget", "unit"),
    [
        (Budget(vlm_calls=2), "2 VLM calls"),
        (Budget(tokens=150), "150 tokens"),
        (Budget(pictures=3), "3 pictures"),
        (Budget(usd=0.02), "0.02 US dollars"),
        (Budget(seconds=1e-6), "1e-06 seconds"),
    ],
)
async def test_looking_stops_when_any_budget_is_spent(
    budget: Budget, unit: str, good_part: Path, make_context: MakeContext, scripted: Any
) -> None:
    usage = Usage(vlm_calls=1, input_tokens=90, output_tokens=10, images=2, cost_usd=0.01)
    turn = Turn(
        thought="nearer",
        tool_calls=[ToolCall(id="C1", tool="zoom", arguments={"box_xyxy": [10, 10, 50, 50]})],
        usage=usage,
    )

    inspection = await inspect(good_part, make_context(scripted([turn] * 9), budget=budget))

    assert f"Judged early: the budget of {unit} is spent" in inspection.verdict.reason
    assert len(inspection.rounds) <= 2


def test_the_recursion_limit_follows_the_budget() -> None:
    assert recursion_limit(Budget(rounds=3)) == 14
    assert recursion_limit(Budget(rounds=0)) == 10_000


async def test_as_many_rounds_as_the_budget_allows_fit_the_recursion_limit(
    good_part: Path, make_context: MakeContext, scripted: Any
) -> None:
    turns = [asks(("zoom", {"box_xyxy": [10, 10, 50, 50]})) for _ in range(12)]

    inspection = await inspect(good_part, make_context(scripted(turns), budget=Budget(rounds=12)))

    assert len(inspection.rounds) == 12


async def test_an_unknown_product_goes_to_review_and_says_why(
    scratched_part: Path, make_context: MakeContext
) -> None:
    inspection = await inspect(scratched_part, make_context(EmbeddedMind(), recalled=False))

    verdict = inspection.verdict
    assert (verdict.decision, verdict.status, verdict.raw_score) == ("review", "decided", None)
    assert verdict.reason.startswith("The product is unknown: ")
    assert inspection.product is None
    assert inspection.degraded == ["no product in the store is near to this picture"]


async def test_a_product_that_does_not_exist_is_an_error(
    good_part: Path, make_context: MakeContext
) -> None:
    with pytest.raises(KnowledgeError, match="known is plate"):
        await inspect(good_part, make_context(EmbeddedMind()), product="cup")


async def test_a_file_that_is_no_picture_is_an_error(
    tmp_path: Path, make_context: MakeContext
) -> None:
    path = tmp_path / "notes.png"
    path.write_text("not a picture", encoding="utf-8")

    with pytest.raises(AssetError):
        await inspect(path, make_context(EmbeddedMind()))


async def test_the_record_says_what_was_used(good_part: Path, make_context: MakeContext) -> None:
    inspection = await inspect(good_part, make_context(EmbeddedMind()), product="plate")

    assert inspection.recall.given
    assert inspection.recall.references == ["ref-1"]
    assert inspection.versions["difference"] == "1"
    assert inspection.usage.seconds == pytest.approx(sum(e.seconds for e in inspection.trace))
    assert set(inspection.usage.tool_seconds) == {"difference"}
    assert inspection.id == "i1"


async def test_what_was_not_checked_and_an_expert_that_was_asked_for_are_told(
    good_part: Path, model: ProductModel, make_context: MakeContext
) -> None:
    rule = Rule(id="R4", kind="tolerance", text="4 pins.", quantity="count:pin", min=4, max=4)
    lacking = replace(
        model,
        product=model.product.model_copy(update={"rules": [rule]}),
        parts_reason="two references are too few",
        left_out={"a": "a does not apply", "b": "b does not apply"},
        chosen=("difference", "b"),
    )

    class Only:
        def recall(self, image_hwc: UInt8Image) -> tuple[str, float] | None:
            return "plate", 0.9

        def model(self, product_name: str) -> ProductModel:
            return lacking

    inspection = await inspect(good_part, make_context(EmbeddedMind(), models=Only()))

    assert inspection.degraded == [
        "rule R4 was not checked: two references are too few",
        "left out: b does not apply",
    ]
    (survey,) = [event for event in inspection.trace if event.node == "survey"]
    assert survey.detail.endswith("; left out: a does not apply")
