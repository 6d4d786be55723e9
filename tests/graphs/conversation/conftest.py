"""A desk of two boards, and a way to talk with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphs.conversation.contract import TalkContext, Talker
from graphs.conversation.graph import build_conversation_graph, build_serializer, turn_config
from graphs.conversation.scripted import ScriptedDesk
from graphs.conversation.state import TalkInput
from graphs.conversation.tools.table import TALK_TOOLS
from graphs.records import Cause, Finding, Inspection, Recall, Remediation, Usage, Verdict
from knowledge.records import FailureMode, Product, Rule
from tools.artifacts import ArtifactFolder
from tools.ports import Passage
from tools.records import Asset, Evidence, ImageExtent, Region

SPLASH = FailureMode(
    id="solder-splash",
    mode="solder splash",
    appearance="shiny blob",
    cause="moist paste",
    effect="short circuit",
    remediation="dry the paste",
    severity=8,
    occurrence=4,
    detection=3,
    source="fmea.csv:4",
)
BOARD = Product(
    name="board",
    descriptor="A board.",
    ill_posed=["Does the board work electrically?"],
    rules=[Rule(id="R2", kind="must", text="No solder splash.", source="rules.yaml:7")],
    failure_modes=[SPLASH],
)


def unit(name: str, *, bad: bool, labels: dict[str, str] | None = None) -> Inspection:
    """A board with a splash, or without."""
    finding = Finding(
        id="F1",
        claim="A splash in region 1.",
        rule_ids=["R2"],
        evidence_ids=["E1"],
        failure_mode="solder-splash",
        region=1,
    )
    box = [10.0, 10.0, 20.0, 20.0]
    region = Region(id=1, view="V1", box_xyxy=box, source=ImageExtent(box_xyxy=box))
    cause = Cause(text="moist paste", likelihood=0.8, evidence_ids=["E1"], source="FMEA row 4")
    todo = Remediation(text="dry the paste", source="FMEA row 4")
    return Inspection(
        id=name,
        asset=Asset(path=f"/{name}.png", sha256="a" * 64, modality="image", size=[64, 64]),
        product="board",
        recall=Recall(product="board", given=True),
        mind="embedded",
        strategy="rounds",
        views=[],
        verdict=Verdict(
            decision="anomalous" if bad else "normal",
            score=0.9 if bad else 0.1,
            reason="the score is above" if bad else "the score is below",
            status="decided",
            findings=[finding] if bad else [],
            regions=[region] if bad else [],
            causes=[cause] if bad else [],
            remediation=[todo] if bad else [],
        ),
        evidence=[Evidence(id="E1", tool="score", text="scores 5.0")],
        rounds=[],
        usage=Usage(),
        trace=[],
        created="2026-11-24T08:00:00+00:00",
        labels=labels or {},
    )


@pytest.fixture
def desk() -> ScriptedDesk:
    return ScriptedDesk(
        units={
            "run/bad": unit("bad", bad=True, labels={"station": "S3", "lot": "L2"}),
            "run/good": unit("good", bad=False, labels={"station": "S1", "lot": "L2"}),
        },
        known=[BOARD],
        passages=[
            Passage("rule", "R2", "No solder splash.", "rules.yaml:7", 0.9),
            Passage("failure_mode", "solder-splash", "solder splash: moist paste", "fmea:4", 0.8),
        ],
    )


class Talk:
    """One thread, kept in memory."""

    def __init__(self, desk: ScriptedDesk, mind: Talker, folder: Path) -> None:
        from langgraph.checkpoint.memory import InMemorySaver

        self.graph = build_conversation_graph(InMemorySaver(serde=build_serializer()))
        self.context = TalkContext(
            mind=mind, desk=desk, artifacts=ArtifactFolder(folder), tools=TALK_TOOLS, who="ann"
        )
        self.config = turn_config("t", max_steps=self.context.max_steps)

    async def say(self, text: str, *given: str) -> list[Any]:
        """The events of one turn."""
        said = TalkInput(said=text, given=list(given))
        stream = self.graph.astream(said, self.config, context=self.context, stream_mode="custom")
        return [event async for event in stream]

    async def answer(self, text: str, *given: str) -> Any:
        """The last event of one turn."""
        return (await self.say(text, *given))[-1]

    async def state(self) -> dict[str, Any]:
        """All channels."""
        kept = await self.graph.aget_state(self.config)
        return dict(kept.values)


@pytest.fixture
def talk(desk: ScriptedDesk, tmp_path: Path) -> Callable[[Talker], Talk]:
    return lambda mind: Talk(desk, mind, tmp_path / "artifacts")
