"""What the methods of a run share: folder, settings, model, answers, money. Knows no method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.answers import AnswerStore, KeptChat
from agent.purse import Purse

if TYPE_CHECKING:
    from agent.settings import Settings
    from evals.runner.plan import Group
    from evals.suites.records import Suite
    from graphs.minds.chat import ChatPort
    from tools.regions.sam.contract import Segmenter

LEFT_ALONE = frozenset({"home", "weights"})
"""Settings that a run decides for each product."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One run of a suite."""

    out: Path
    """Folder of the run."""
    suite: Suite
    settings: Settings
    """As the environment, the files and the flags say."""
    seed: int
    concurrency: int
    purse: Purse
    answers: AnswerStore
    segmenter: Segmenter | None = None
    """SAM, where its weights are set up."""
    chat: ChatPort | None = None
    """The model; None for the embedded mind."""
    place: str = ""
    """Which server the model is on."""
    offline: bool = False
    """Ask no model; what is not kept fails."""
    tools_off: dict[str, tuple[str, ...]] | None = None
    """By product: tools that are switched off for it."""
    calibrate_mind: bool = False
    """Let a VLM inspect every product's references first, so that its scores are ranked."""
    again: bool = False
    """Whether samples that failed are done anew: what is kept of them is no answer."""
    tell: Callable[[str], None] = lambda line: None

    @property
    def work(self) -> Path:
        """Product folders, homes and changed pictures."""
        return self.out / "work"

    @property
    def run_name(self) -> str:
        """Under which the run pays for answers."""
        return str(self.out.resolve())

    def chat_for(self, repeat: int) -> KeptChat | None:
        """The model with kept answers; each repeat has its own."""
        if self.chat is None:
            return None
        return KeptChat(
            self.chat,
            answers=self.answers,
            purse=self.purse,
            run=self.run_name,
            place=self.place,
            take=repeat,
            offline=self.offline,
        )

    def settings_for(self, group: Group, *, home: Path) -> Settings:
        """The settings of a group's inspections.

        Raises:
            SettingsError: where the condition says something that cannot be.
        """
        from agent.settings import load_settings

        base = self.settings
        given = {name: getattr(base, name) for name in base.model_fields_set - LEFT_ALONE}
        reseeded = self.seed + (group.repeat if self.suite.reseed else 0)
        own: dict[str, Any] = {
            "home": home,
            "weights": base.weights_folder,
            "seed": reseeded,
            "keep_cases": "none",
            "human_review": False,
            "concurrency": self.concurrency,
        }
        wanted = {**given, **own, **group.condition.settings}
        if tools := self._tools(group):
            wanted["tools"] = tools
        return load_settings(**wanted)

    def _tools(self, group: Group) -> tuple[str, ...]:
        """Tools that may be called; empty where all may."""
        from agent.settings import TOOL_NAMES

        off = {group.condition.without_tool} - {""}
        off |= set((self.tools_off or {}).get(group.material.name, ()))
        named = self.settings.tools or TOOL_NAMES
        return tuple(name for name in named if name not in off) if off else ()
