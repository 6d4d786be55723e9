"""Fixtures: a part with a printed digit, and rounds of a mind with real tools, no graph."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from agent.chat_models import LangChainChat, open_chat
from agent.loopback import Loopback
from graphs.inspection.tool_calls import run_calls
from graphs.minds.contract import Mind, Scene, Turn
from graphs.records import Round
from knowledge.records import Product, Rule
from tools.artifacts import ArtifactFolder
from tools.assets import open_picture, render_view
from tools.fonts import load_font
from tools.ports import ToolContext
from tools.table import TOOLS

RULE = Rule(id="R1", kind="must", text="The printed lot digit must be 7.")
PRODUCT = Product(name="plate", descriptor="A grey plate with a printed digit.", rules=[RULE])


class NoKnowledge:
    """Knows nothing of any product."""

    def look_up(self, query: str, **given: Any) -> list[Any]:
        return []

    def nearest_references(self, image_hwc: Any, **given: Any) -> list[Any]:
        return []

    def similar_cases(self, image_hwc: Any, **given: Any) -> list[Any]:
        return []


class Bench:
    """One part on a bench: its scene, and the tools that a turn asks for."""

    def __init__(self, path: Path, artifacts: ArtifactFolder) -> None:
        self.artifacts = artifacts
        self.picture = open_picture(path)
        view = render_view(
            self.picture, self.picture.window_xyxy, view_id="V1", artifacts=artifacts
        )
        self.scene = Scene(
            product=PRODUCT,
            views=[view],
            evidence=[],
            regions=[],
            rounds=[],
            levels={},
            suspicion=0.0,
            tools=["zoom", "mark"],
        )

    async def run(self, mind: Mind, *, rounds: int = 4) -> list[Turn]:
        """Let the mind look until it submits."""
        turns: list[Turn] = []
        while not turns or not turns[-1].submitted:
            scene = replace(self.scene, rounds_left=rounds - len(turns))
            turns.append(await mind.look(scene))
            await self._act(turns[-1])
        return turns

    async def _act(self, turn: Turn) -> None:
        shown = ToolContext(
            picture=self.picture,
            views={view.id: view for view in self.scene.views},
            product=PRODUCT.name,
            mm_per_px=None,
            knowledge=NoKnowledge(),
            artifacts=self.artifacts,
            memories={},
            regions={region.id: region for region in self.scene.regions},
        )
        answers = await run_calls(turn.tool_calls, tools=TOOLS, shown=lambda: shown)
        drafts = [draft for answer in answers for draft in answer.evidence]
        first = len(self.scene.evidence) + 1
        evidence = [draft.numbered(first + n) for n, draft in enumerate(drafts)]
        done = Round(
            number=len(self.scene.rounds) + 1,
            thought=turn.thought,
            tool_calls=turn.tool_calls,
            submitted=turn.submitted,
            observations=[answer.text for answer in answers],
            evidence_ids=[one.id for one in evidence],
            view_ids=[view.id for answer in answers for view in answer.views],
            reply=turn.reply,
        )
        self.scene = replace(
            self.scene,
            views=[*self.scene.views, *(view for answer in answers for view in answer.views)],
            regions=[*self.scene.regions, *(one for answer in answers for one in answer.regions)],
            evidence=[*self.scene.evidence, *evidence],
            rounds=[*self.scene.rounds, done],
        )


@pytest.fixture
def bench(tmp_path: Path) -> Callable[[str], Bench]:
    """Lays a plate of 2048 x 2048 px with a small printed digit at (1400, 600) on the bench."""

    def lay(digit: str) -> Bench:
        canvas = Image.new("RGB", (2048, 2048), (170, 170, 170))
        pen = ImageDraw.Draw(canvas)
        pen.text((1400, 600), digit, fill=(40, 40, 40), font=load_font(28, bold=False))
        noise = np.random.default_rng(0).normal(0, 4, (2048, 2048, 1))
        image_hwc = np.clip(np.asarray(canvas) + noise, 0, 255).astype(np.uint8)
        path = tmp_path / "part.png"
        Image.fromarray(image_hwc).save(path)
        return Bench(path, ArtifactFolder(tmp_path / "artifacts"))

    return lay


@pytest.fixture
def blank(tmp_path: Path) -> Callable[[], Bench]:
    """Lays a small grey plate on the bench, with nothing to see."""

    def lay() -> Bench:
        path = tmp_path / "part.png"
        Image.new("RGB", (64, 64), (170, 170, 170)).save(path)
        return Bench(path, ArtifactFolder(tmp_path / "artifacts"))

    return lay


@pytest.fixture(scope="session")
def chat() -> Callable[..., LangChainChat]:
    """A chat with an endpoint; keyword arguments go to open_chat."""

    def connect(endpoint: Loopback, **changes: Any) -> LangChainChat:
        return open_chat(
            endpoint.model, base_url=endpoint.base_url, **{"timeout_s": 60.0, **changes}
        )

    return connect


Connect = Callable[..., LangChainChat]
Wait = Callable[[float], Awaitable[None]]
