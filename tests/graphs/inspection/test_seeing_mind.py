from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from graphs.inspection.context import Budget, Context, ProductModel
from graphs.inspection.graph import build_inspection_graph, run_config
from graphs.inspection.state import InspectionInput
from graphs.journal import NodeLine, ToolLine, TraceLine, VerdictLine
from graphs.minds.contract import ClaimedBox, MindFault, Refutation, Turn
from graphs.records import Candidate, Inspection, Refuted, ToolCall, Usage

MakeContext = Callable[..., Context]
NO_ANSWER = MindFault("timeout", "No answer in 3 tries.", usage=Usage(vlm_calls=3))


async def inspect(path: Path, context: Context) -> Inspection:
    start = InspectionInput(path=str(path), inspection_id="i1")
    config = run_config("t", context.budget)
    ended = await build_inspection_graph().ainvoke(start, config, context=context)
    inspection = ended["inspection"]
    assert isinstance(inspection, Inspection)
    return inspection


def says(score: float, **fields: Any) -> Turn:
    return Turn(thought="done", submitted=True, raw_score=score, **fields)


async def test_the_direct_judgement_is_a_call_of_its_own_beside_the_rounds(
    good_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    mind = seeing([says(0.1)], directs={"plain": 0.2})

    inspection = await inspect(good_part, make_context(mind))

    assert inspection.verdict.fusion.keys() == {"difference", "direct", "rounds"}
    assert inspection.usage.vlm_calls == 1
    direct = [one for one in inspection.evidence if one.tool == "direct"]
    assert [(one.view, one.values["score"]) for one in direct] == [("V1", 0.2)]


async def test_a_mind_that_sees_is_shown_the_nearest_reference(
    good_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    mind = seeing([says(0.1)], directs={"plain": 0.2})

    inspection = await inspect(good_part, context := make_context(mind))

    shown = mind.scenes[0].references
    assert [one.id for one in shown] == ["ref-1"]
    assert context.artifacts.get(shown[0].artifact).shape == (96, 96, 3)
    assert inspection.recall.reference_artifacts == [shown[0].artifact]


async def test_the_direct_strategy_decides_by_the_direct_judgement_alone(
    good_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    mind = seeing([], directs={"plain": 0.9})

    inspection = await inspect(good_part, make_context(mind, strategy="direct"))

    assert inspection.verdict.fusion == {"direct": 0.9}
    assert (inspection.verdict.decision, inspection.verdict.status) == ("anomalous", "decided")
    assert [one.thought for one in inspection.rounds] == ["seen"]


async def test_a_mind_that_cannot_answer_leaves_the_decision_to_the_experts(
    scratched_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    mind = seeing([NO_ANSWER], directs={"plain": 0.0})

    inspection = await inspect(scratched_part, make_context(mind))

    verdict = inspection.verdict
    assert (verdict.status, verdict.decision) == ("degraded", "anomalous")
    assert verdict.fusion.keys() == {"difference"}
    assert [region.box_xyxy for region in verdict.regions] == [[40, 30, 60, 50]]
    assert "No answer in 3 tries." in verdict.reason
    assert inspection.degraded == ["No answer in 3 tries."]
    assert inspection.usage.vlm_calls == 4
    assert mind.asked_to_refute == []


async def test_without_mind_and_experts_there_is_no_decision(
    good_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    mind = seeing([], directs={"plain": NO_ANSWER})

    inspection = await inspect(good_part, make_context(mind, strategy="direct"))

    assert (inspection.verdict.status, inspection.verdict.decision) == ("failed", None)
    assert "No answer in 3 tries." in inspection.verdict.reason


async def test_a_lost_direct_judgement_drops_out_and_is_told(
    good_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    mind = seeing([says(0.1)], directs={"plain": NO_ANSWER})

    inspection = await inspect(good_part, make_context(mind))

    assert inspection.verdict.status == "decided"
    assert inspection.verdict.fusion.keys() == {"difference", "rounds"}
    assert inspection.degraded == ["No answer in 3 tries."]


async def test_candidates_stand_and_it_is_told_where_the_refutation_gave_no_answer(
    scratched_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    claim = Candidate(claim="a bright square", region=1, evidence_ids=["E2"])
    turn = says(0.9, candidates=[claim])
    mind = seeing([turn], directs={"plain": 0.9}, refutation=NO_ANSWER)

    inspection = await inspect(scratched_part, make_context(mind))

    assert inspection.verdict.status == "degraded"
    assert len(inspection.verdict.findings) == 1


async def test_refuted_candidates_are_no_findings(
    scratched_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    claim = Candidate(claim="a bright square", region=1, evidence_ids=["E2"])
    refuted = Refutation(survivors=[], refuted=[Refuted(claim=claim.claim, reason="glare")])
    mind = seeing([says(0.9, candidates=[claim])], directs={"plain": 0.9}, refutation=refuted)

    inspection = await inspect(scratched_part, make_context(mind))

    assert inspection.verdict.findings == []
    assert [one.reason for one in inspection.verdict.refuted] == ["glare"]
    assert [len(one) for one in mind.asked_to_refute] == [1]


async def test_a_box_that_a_mind_claims_becomes_a_numbered_region(
    good_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    zoomed = Turn(
        thought="nearer",
        tool_calls=[ToolCall(id="C1", tool="zoom", arguments={"box_xyxy": [10, 10, 40, 40]})],
    )
    claim = Candidate(claim="a dent", evidence_ids=["E2"])
    box = ClaimedBox(candidate=0, view="V2", box_xyxy=(20.0, 20.0, 30.0, 30.0))
    turns = [zoomed, says(1.0, candidates=[claim], boxes=[box])]
    mind = seeing(turns, directs={"plain": 1.0})

    inspection = await inspect(good_part, make_context(mind))

    assert inspection.rounds[0].view_ids == ["V2"]
    assert inspection.rounds[1].candidates[0].region == 1
    finding = inspection.verdict.findings[0]
    assert (finding.region, inspection.verdict.regions[0].box_xyxy) == (1, [20, 20, 30, 30])


async def test_disagreement_with_itself_means_review_with_the_scores_as_evidence(
    good_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    scores = {"plain": 0.05, "paraphrased": 0.1, "swapped": 0.9, "mirrored": 0.05}
    mind = seeing([says(0.05)], directs=scores)

    inspection = await inspect(good_part, make_context(mind, stability=True))

    evidence = next(one for one in inspection.evidence if one.tool == "stability")
    assert inspection.verdict.decision == "review"
    assert f"[{evidence.id}]" in inspection.verdict.reason
    assert {name: evidence.values[name] for name in scores} == scores


async def test_agreement_with_itself_changes_nothing(
    good_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    scores = {"plain": 0.05, "paraphrased": 0.1, "swapped": 0.2, "mirrored": 0.05}
    mind = seeing([says(0.05)], directs=scores)

    inspection = await inspect(good_part, make_context(mind, stability=True))

    assert inspection.verdict.decision == "normal"


async def test_an_ill_posed_question_is_told_without_asking_anyone(
    good_part: Path, make_context: MakeContext, seeing: Any, model: ProductModel
) -> None:
    listed = model.product.model_copy(update={"ill_posed": ["Who made this plate?"]})
    models = _only(ProductModel(**{**vars(model), "product": listed}))
    mind = seeing([], directs={})

    context = make_context(mind, question="who made the plate", models=models)
    inspection = await inspect(good_part, context)

    assert inspection.verdict.decision == "review"
    assert "'Who made this plate?'" in inspection.verdict.reason
    assert inspection.usage.vlm_calls == 0


async def test_what_a_mind_calls_unanswerable_goes_to_review(
    good_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    turn = says(0.1, unanswerable="the picture shows another product")
    mind = seeing([turn], directs={"plain": 0.1})

    inspection = await inspect(good_part, make_context(mind))

    assert inspection.verdict.decision == "review"
    assert "the picture shows another product" in inspection.verdict.reason


async def test_a_budget_of_one_call_leaves_the_direct_judgement_and_the_experts(
    good_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    mind = seeing([], directs={"plain": 0.1})

    inspection = await inspect(good_part, make_context(mind, budget=Budget(vlm_calls=1)))

    assert inspection.verdict.fusion.keys() == {"difference", "direct"}
    assert "the budget of 1 VLM calls is spent" in inspection.verdict.reason


async def test_a_mind_that_outlasts_the_budget_of_time_is_not_waited_for(
    good_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    mind = seeing([says(0.1)], directs={"plain": 0.1}, delay_s=60.0)

    inspection = await inspect(good_part, make_context(mind, budget=Budget(seconds=1.0)))

    assert "the budget of 1 seconds is spent" in inspection.verdict.reason
    assert inspection.verdict.fusion.keys() == {"difference"}


class Lines:
    def __init__(self) -> None:
        self.lines: list[TraceLine] = []

    def write(self, line: TraceLine) -> None:
        self.lines.append(line)


async def test_the_journal_is_told_of_every_node_and_tool_and_of_the_verdict(
    good_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    zoom = ToolCall(id="C1", tool="zoom", arguments={"box_xyxy": [10, 10, 40, 40]})
    turns = [Turn(thought="nearer", tool_calls=[zoom]), says(0.1)]
    journal = Lines()
    mind = seeing(turns, directs={"plain": 0.1})

    inspection = await inspect(good_part, make_context(mind, journal=journal))

    nodes = [line.node for line in journal.lines if isinstance(line, NodeLine)]
    assert nodes == [event.node for event in inspection.trace]
    tools = [line for line in journal.lines if isinstance(line, ToolLine)]
    assert [(line.round, line.call, line.evidence_ids) for line in tools] == [(1, zoom, ["E3"])]
    assert tools[0].artifacts == [inspection.views[1].artifact]
    last = journal.lines[-1]
    assert isinstance(last, VerdictLine)
    assert last.decision == inspection.verdict.decision


def _only(model: ProductModel) -> Any:
    class One:
        def recall(self, image_hwc: Any) -> tuple[str, float]:
            return model.product.name, 0.9

        def model(self, product_name: str) -> ProductModel:
            return model

    return One()


async def test_regions_that_a_mind_rates_become_a_map_of_their_scores(
    scratched_part: Path, make_context: MakeContext, seeing: Any
) -> None:
    mind = seeing([says(0.9, region_scores={1: 1.0, 7: 0.5})], directs={"plain": 0.9})

    inspection = await inspect(scratched_part, context := make_context(mind))

    rated = next(one for one in inspection.evidence if one.tool == "rate")
    assert rated.values == {"regions": [1], "scores": [1.0]}
    painted = context.artifacts.get(str(rated.artifact))
    (region,) = mind.scenes[0].regions
    assert region.box_xyxy == [40, 30, 60, 50]
    mask = region.full_mask(height_px=96, width_px=96)
    assert ((painted == 255).all(axis=2) == mask).all()
    assert ((painted == 0).all(axis=2) == ~mask).all()
