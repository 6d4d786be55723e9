"""Fixtures: a scene of a small plate, a mind over a script, and what it journals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphs.journal import TraceLine
from graphs.minds.chat import CalledTool, ChatReply
from graphs.minds.contract import ReferenceShown, Scene
from graphs.minds.scripted import ScriptedChat, ScriptedLine
from graphs.minds.vlm import MindOptions, VlmMind
from graphs.records import Round, ToolCall
from knowledge.records import Product, Rule
from tools.artifacts import ArtifactFolder
from tools.records import Evidence, ImageExtent, Region, View

SIDE = 200


class Kept:
    """A journal in memory."""

    def __init__(self) -> None:
        self.lines: list[TraceLine] = []

    def write(self, line: TraceLine) -> None:
        self.lines.append(line)


class Asked:
    """A mind over a script, and all that can be seen of its calls."""

    def __init__(self, lines: Sequence[ScriptedLine], artifacts: ArtifactFolder, **given: Any):
        calls_tools = given.pop("calls_tools", True)
        self.chat = ScriptedChat(lines, calls_tools=calls_tools)
        self.journal = Kept()
        self.waits_s: list[float] = []
        self.mind = VlmMind(
            self.chat,
            artifacts=artifacts,
            journal=self.journal,
            options=MindOptions(**given),
            sleep=self._sleep,
        )

    async def _sleep(self, seconds: float) -> None:
        self.waits_s.append(seconds)


@pytest.fixture
def artifacts(tmp_path: Path) -> ArtifactFolder:
    return ArtifactFolder(tmp_path / "artifacts")


@pytest.fixture
def ask(artifacts: ArtifactFolder) -> Callable[..., Asked]:
    """A mind that plays back lines; keyword arguments are its options."""

    def build(lines: Sequence[ScriptedLine], **given: Any) -> Asked:
        return Asked(lines, artifacts, **given)

    return build


@pytest.fixture
def picture(artifacts: ArtifactFolder) -> Callable[..., str]:
    """Keeps a grey picture and gives its digest."""

    def keep(grey: int, *, side: int = SIDE) -> str:
        return artifacts.put(np.full((side, side, 3), grey, dtype=np.uint8))

    return keep


@pytest.fixture
def view(picture: Callable[..., str]) -> Callable[..., View]:
    """A view by number: of the whole plate, or of a window of it at 200 x 200 px."""

    def make(number: int, window: tuple[float, float, float, float] = (0, 0, 200, 200)) -> View:
        x1, y1, x2, y2 = window
        return View(
            id=f"V{number}",
            asset_sha256="0" * 64,
            artifact=picture(100 + number),
            size=[SIDE, SIDE],
            window_xyxy=list(window),
            factor_xy=[SIDE / (x2 - x1), SIDE / (y2 - y1)],
            parent=None if number == 1 else "V1",
        )

    return make


def region(number: int, box: tuple[float, float, float, float], **fields: Any) -> Region:
    source = ImageExtent(box_xyxy=list(box))
    return Region(id=number, view="V1", box_xyxy=list(box), source=source, **fields)


@pytest.fixture
def scene(view: Callable[..., View], picture: Callable[..., str]) -> Callable[..., Scene]:
    """A plate with one rule and one reference, surveyed: region 1 at (20, 20) stands out."""

    def make(**fields: Any) -> Scene:
        spot = region(1, (20, 20, 60, 60), score=2.5)
        shown: dict[str, Any] = {
            "product": Product(
                name="plate",
                descriptor="A grey plate.",
                rules=[
                    Rule(id="R1", kind="must", text="No bright spot."),
                    Rule(id="R2", kind="ignore", text="Ignore fingerprints."),
                ],
            ),
            "views": [view(1)],
            "evidence": [
                Evidence(
                    id="E1",
                    tool="score",
                    view="V1",
                    values={"expert": "patch_memory", "raw_score": 3.0, "normal_level": 2.0},
                    text="patch_memory scores 3.",
                ),
                Evidence(
                    id="E2",
                    tool="score",
                    view="V1",
                    region=spot,
                    values={"expert": "patch_memory", "peak": 2.5, "normal_level": 1.0},
                    text="Region 1 peaks at 2.5.",
                ),
            ],
            "regions": [spot],
            "rounds": [],
            "levels": {"patch_memory": 2.0},
            "suspicion": 0.8,
            "tools": ["zoom", "look_up"],
            "references": [ReferenceShown("answer_normal.png", picture(90))],
        }
        return Scene(**{**shown, **fields})

    return make


@pytest.fixture
def zoomed(scene: Callable[..., Scene], view: Callable[..., View]) -> Callable[..., Scene]:
    """The same plate after a round that zoomed on region 1: view V2, evidence E3."""

    def make(**fields: Any) -> Scene:
        before = scene()
        nearer = view(2, (10, 10, 60, 60))
        text = "V2 shows region 1: the original's pixels [10, 10, 60, 60]."
        seen = Evidence(
            id="E3",
            tool="zoom",
            view="V2",
            region=before.regions[0],
            values={"factor_xy": [4.0, 4.0]},
            text=text,
            artifact=nearer.artifact,
        )
        done = Round(
            number=1,
            thought="look closer",
            tool_calls=[ToolCall(id="r001c0001", tool="zoom", arguments={"region": 1})],
            observations=[f"{text} [E3]"],
            evidence_ids=["E3"],
            view_ids=["V2"],
            reply="look closer",
        )
        shown = {
            "views": [*before.views, nearer],
            "evidence": [*before.evidence, seen],
            "rounds": [done],
        }
        return scene(**{**shown, **fields})

    return make


@pytest.fixture(scope="session")
def call() -> Callable[..., ChatReply]:
    """A reply that calls one tool; arguments as a mapping or as raw text."""

    def make(name: str, arguments: Any, *, text: str = "", **fields: Any) -> ChatReply:
        import json

        raw = arguments if isinstance(arguments, str) else json.dumps(arguments)
        called = CalledTool(id="x", name=name, arguments=raw)
        return ChatReply(text=text, tool_calls=[called], finish="tool_calls", **fields)

    return make
