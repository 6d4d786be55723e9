"""An expert without references on a part whose product nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from graphs.inspection.context import Context
from graphs.inspection.graph import build_inspection_graph, run_config
from graphs.inspection.scoring import judge_scores
from graphs.inspection.state import InspectionInput
from graphs.minds.contract import Turn
from graphs.minds.embedded import EmbeddedMind
from graphs.records import Inspection, ToolCall
from tools.arrays import UInt8Image
from tools.experts.zero_shot import suspicion_word
from tools.ports import ExpertScore

MakeContext = Callable[..., Context]


class Bright:
    """Takes bright pixels for anomalous; a picture is as bad as its brightest one."""

    version = "bright/1"

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        maps = [image.mean(axis=2, dtype=np.float32) / np.float32(255) for image in images_hwc]
        return [ExpertScore(float(one.max()), one) for one in maps]

    def score_views(self, images_hwc: Sequence[UInt8Image]) -> list[ExpertScore]:
        return self.score(images_hwc)

    def score_window(self, image_hwc: UInt8Image, box_xyxy: Sequence[float]) -> ExpertScore:
        x1, y1, x2, y2 = (int(edge) for edge in box_xyxy)
        return self.score([image_hwc[y1:y2, x1:x2]])[0]

    def suspicion(self, raw_score: float) -> str:
        return suspicion_word(raw_score)


async def inspect(path: Path, context: Context) -> Inspection:
    start = InspectionInput(path=str(path), product=None, inspection_id="i1")
    ended = await build_inspection_graph().ainvoke(
        start, run_config("t", context.budget), context=context
    )
    inspection = ended["inspection"]
    assert isinstance(inspection, Inspection)
    return inspection


async def test_what_it_takes_for_anomalous_is_found_without_any_reference(
    make_context: MakeContext, scratched_part: Path
) -> None:
    context = make_context(EmbeddedMind(), recalled=False, zero_shot={"bright": Bright()})

    inspection = await inspect(scratched_part, context)

    verdict = inspection.verdict
    # The square of 250 at (40, 30) to (60, 50); the frame reaches 152 of 255.
    assert (inspection.product, verdict.decision) == (None, "anomalous")
    assert verdict.raw_score == pytest.approx(250 / 255)
    assert not verdict.calibrated
    assert inspection.versions["bright"] == "bright/1"
    [finding] = verdict.findings
    assert finding.region is not None
    [region] = [one for one in inspection.verdict.regions if one.id == finding.region]
    assert region.box_xyxy == [40, 30, 60, 50]
    assert "looks anomalous without any reference: 0.98 of 1 (bright)" in finding.claim
    scored, placed = (
        [one for one in inspection.evidence if key in one.values]
        for key in ("suspicion", "probability")
    )
    assert [one.values["suspicion"] for one in scored] == ["highly"]
    assert [one.values["probability"] for one in placed] == [pytest.approx(250 / 255)]
    assert {one.id for one in placed} <= set(finding.evidence_ids)


async def test_a_part_below_the_band_is_normal_and_shows_no_region(
    make_context: MakeContext, good_part: Path
) -> None:
    class Calm(Bright):
        def score_views(self, images_hwc: Sequence[UInt8Image]) -> list[ExpertScore]:
            return [ExpertScore(0.29, np.zeros(images_hwc[0].shape[:2], np.float32))]

    context = make_context(EmbeddedMind(), recalled=False, zero_shot={"calm": Calm()})

    inspection = await inspect(good_part, context)

    assert (inspection.verdict.decision, inspection.verdict.regions) == ("normal", [])
    assert "no product in the store is near to this picture" in inspection.degraded


async def test_a_mind_may_ask_it_by_the_tool(
    make_context: MakeContext, scratched_part: Path, scripted: Callable[..., object]
) -> None:
    asks = Turn(
        thought="score it",
        tool_calls=[ToolCall(id="C1", tool="score", arguments={"box_xyxy": [0, 0, 20, 20]})],
    )
    mind = scripted([asks, Turn(thought="done", submitted=True)])
    context = make_context(mind, recalled=False, zero_shot={"bright": Bright()})

    inspection = await inspect(scratched_part, context)

    [seen] = [one for one in inspection.evidence if "window_suspicion" in one.values]
    assert seen.values["window_suspicion"] == "moderately"
    assert seen.values["suspicion"] == "highly"


async def test_without_such_an_expert_an_unknown_part_goes_to_review(
    make_context: MakeContext, scratched_part: Path
) -> None:
    inspection = await inspect(scratched_part, make_context(EmbeddedMind(), recalled=False))

    assert (inspection.verdict.decision, inspection.verdict.score) == ("review", None)


def test_own_scores_of_mind_and_expert_are_averaged_where_nothing_is_calibrated() -> None:
    judged = judge_scores({"anomaly_ov": 0.9, "direct": 0.3, "rounds": 0.3}, None)

    assert judged.raw_score == pytest.approx(0.5)
    assert (judged.decision, judged.basis) == ("review", "scores of their own")
    assert judge_scores({"direct": 0.9}, None).basis == "the mind's own score"
