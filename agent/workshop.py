"""Builds what inspections share: store, experts, models, mind. Knows nothing of single ones."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from agent.checkpoints import tower_source
from agent.console import Progress, no_progress
from agent.libraries import load_entangled
from agent.settings import Settings
from agent.starting import LeavingChat
from tools.errors import SettingsError

if TYPE_CHECKING:
    from agent.product_models import LearnedModels
    from agent.spans import Spans
    from graphs.fusion import Weights
    from graphs.inspection.context import Context
    from graphs.journal import Journal
    from graphs.minds.chat import ChatPort
    from knowledge.store import KnowledgeStore
    from tools.asset_ports import AssetExpert
    from tools.experts.zero_shot import ZeroShotMemory
    from tools.ports import Expert
    from tools.regions.sam.contract import Segmenter


class Workshop:
    """Opened once for a process; everything in it may be used by several threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        progress: Progress = no_progress,
        chat: ChatPort | None = None,
        experts: Mapping[str, Expert | AssetExpert] | None = None,
    ) -> None:
        """Take the settings; opens nothing yet.

        Args:
            settings: of the process.
            progress: is told of what takes long.
            chat: the VLM; the one that the settings name where None.
            experts: by name; built as the settings say where None.

        Raises:
            SettingsError: where an expert that is asked for is not among the given ones.
        """
        if experts is not None:
            check_experts(settings, experts)
        self.settings = settings
        self._chat = chat
        self._experts = experts
        self._progress = progress
        self._lock = threading.Lock()
        self._opened: ExitStack | None = None
        self._store: KnowledgeStore
        self._models: LearnedModels
        self._segmenter: Segmenter | None
        self._weights: Weights
        self._cameras: tuple[str, ...]
        self._zero_shot: dict[str, ZeroShotMemory]
        self.spans: Spans | None = None

    def __enter__(self) -> Workshop:
        """Open it."""
        self.open()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def store(self) -> KnowledgeStore:
        """The knowledge of the home."""
        self.open()
        return self._store

    @property
    def models(self) -> LearnedModels:
        """What was learned of the products."""
        self.open()
        return self._models

    @property
    def weights(self) -> Weights:
        """Of the sources in the fusion of scores."""
        self.open()
        return self._weights

    @property
    def chat(self) -> ChatPort | None:
        """The VLM; None for the embedded mind."""
        self.open()
        return self._chat

    @property
    def mind_name(self) -> str:
        """As it stands in every verdict."""
        from agent.minds import mind_name

        self.open()
        return mind_name(self._chat)

    def open(self) -> None:
        """Build the experts and own the home; does nothing where that is done.

        Raises:
            SettingsError: where the device is not there, or the VLM cannot be as it is set.
            WeightsError: where the backbone's weights are missing.
            KnowledgeError: where the home cannot be used, or another process owns it.
        """
        with self._lock:
            if self._opened is not None:
                return
            from agent.home import open_home
            from agent.minds import load_weights, mind_key, mind_name, open_model
            from agent.product_models import LearnedModels
            from agent.segmenter import segmenter_of
            from agent.spans import open_spans
            from tools.experts.table import encoder_of
            from tools.experts.zero_shot import ZeroShotMemory

            load_entangled()
            self._cameras = cameras_of(self.settings)
            self._weights = load_weights(self.settings.fusion_weights)
            self._chat = self._chat or open_model(self.settings)
            experts = load_experts(self.settings) if self._experts is None else self._experts
            self._zero_shot = {
                name: expert
                for name, expert in experts.items()
                if name in self.settings.experts and isinstance(expert, ZeroShotMemory)
            }
            self._segmenter = segmenter_of(self.settings, device=device_of(self.settings))
            with ExitStack() as stack:
                self._store = stack.enter_context(
                    open_home(self.settings, encoder=encoder_of(experts))
                )
                self._models = LearnedModels(
                    self._store,
                    experts,
                    chosen=self.settings.experts,
                    cache=self.settings.home / "cache" / "parts",
                    target_overkill=self.settings.target_overkill,
                    seed=self.settings.seed,
                    progress=self._progress,
                    mind=mind_name(self._chat),
                    mind_key=mind_key(self.settings),
                )
                self.spans = open_spans(self.settings, stack)
                self._opened = stack.pop_all()

    def close(self) -> None:
        """Let go of the home."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def mm_per_px(self, product: str | None) -> float | None:
        """The scale of a product's pictures; None where it is not stated."""
        return None if product is None else self.store.product(product).mm_per_px

    def context(
        self,
        artifacts: Path,
        *,
        journal: Journal | None = None,
        cases_before: str = "",
        asking: Callable[[], None] | None = None,
    ) -> Context:
        """What one inspection is given.

        Args:
            artifacts: the folder of its pictures.
            journal: is told of every step; nothing is where None.
            cases_before: ISO 8601; cases that were made later are not recalled.
            asking: is told of each call of the VLM, before it.
        """
        from agent.minds import build_mind
        from agent.segmenter import allowed_tools
        from graphs.inspection.context import Budget, Context
        from graphs.inspection.pictures import OpenPictures
        from graphs.journal import NoJournal
        from tools.artifacts import ArtifactFolder

        self.open()
        journal = journal or NoJournal()
        chat = self._chat if asking is None or not self._chat else LeavingChat(self._chat, asking)
        settings, pictures = self.settings, ArtifactFolder(artifacts)
        return Context(
            mind=build_mind(settings, chat, artifacts=pictures, journal=journal),
            models=self._models,
            knowledge=self._store,
            artifacts=pictures,
            budget=Budget(
                rounds=settings.max_rounds,
                vlm_calls=settings.max_vlm_calls,
                tokens=settings.max_tokens,
                pictures=settings.max_pictures,
                usd=settings.max_usd,
                seconds=settings.max_seconds,
            ),
            strategy=settings.strategy,
            human_review=settings.human_review,
            max_pixels=settings.max_pixels,
            seed=settings.seed,
            segmenter=self._segmenter,
            zero_shot=self._zero_shot,
            device=device_of(settings),
            allowed_tools=allowed_tools(self._segmenter, wanted=settings.tools),
            cases_before=cases_before,
            question=settings.question,
            stability=settings.stability,
            n_references_shown=settings.shown_references,
            weights=self._weights,
            journal=journal,
            pictures=OpenPictures(cameras=self._cameras),
        )


def cameras_of(settings: Settings) -> tuple[str, ...]:
    """The cameras that show point clouds; empty for their own nine.

    Raises:
        SettingsError: where one that is set is none.
    """
    from tools.assets.clouds.chosen_cameras import chosen_cameras

    try:
        return chosen_cameras(settings.cameras)
    except ValueError as error:
        raise SettingsError(f"setting cameras: {error}") from error


def device_of(settings: Settings) -> str:
    """The device that torch computes on.

    Raises:
        SettingsError: where it is not there.
    """
    import torch

    if settings.device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if settings.device == "cpu":
        return "cpu"
    try:
        torch.empty(1, device=settings.device)
    except (AssertionError, RuntimeError) as error:
        reason = str(error).strip().split("\n", maxsplit=1)[0]
        raise SettingsError(
            f"setting device is {settings.device!r}, which is not usable here ({reason}); "
            "use cpu or auto"
        ) from error
    return settings.device


def check_experts(settings: Settings, given: Mapping[str, Expert | AssetExpert]) -> None:
    """See that experts that somebody built are those that the settings ask for.

    Raises:
        SettingsError: where one is missing.
    """
    from tools.experts.table import UNASKED

    missing = [name for name in settings.experts or UNASKED if name not in given]
    if missing:
        raise SettingsError(
            f"experts must hold {', '.join(missing)}, which the setting experts asks for; "
            f"got {', '.join(given) or 'none'}"
        )


def load_experts(settings: Settings) -> dict[str, Expert | AssetExpert]:
    """The experts that a product may ask for, by name.

    Raises:
        SettingsError: where the device is not there.
        WeightsError: where the backbone's weights are missing.
    """
    from tools.experts.table import UNASKED, ExpertChoice, build_expert

    choice = ExpertChoice(
        backbone=settings.backbone,
        weights=settings.weights_folder / settings.backbone,
        device=device_of(settings),
        cache=settings.home / "cache" / "banks",
        anomaly_ov=settings.weights_folder / "anomaly_ov",
        expert_file=settings.expert_file,
        tower=settings.tower and tower_source(settings.weights_folder, settings.tower),
        cameras=cameras_of(settings),
    )
    return {name: build_expert(name, choice) for name in settings.experts or UNASKED}
