"""The experts by name. One expert, one file, one entry. Knows no product."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.asset_ports import AssetExpert
from tools.errors import SettingsError, WeightsError
from tools.experts.anomaly_ov.scorer import AnomalyOV, load_anomaly_ov
from tools.experts.backbones.contract import Backbone
from tools.experts.backbones.table import load_backbone
from tools.experts.cloud_geometry import CloudGeometry
from tools.experts.cloud_views import CloudViews
from tools.experts.patch_memory import PatchMemory
from tools.experts.registered_difference import RegisteredDifference
from tools.experts.series_discord import SeriesDiscord
from tools.experts.shared_eyes import TowerPatches
from tools.experts.video_motion import VideoMotion
from tools.picture_embedder import PictureEmbedder
from tools.ports import Expert


@dataclass(frozen=True, kw_only=True)
class ExpertChoice:
    """What experts are built with; each takes what it needs."""

    backbone: str = "embedded"
    """A key of `tools.experts.backbones.table.BACKBONES`."""
    weights: Path | None = None
    """Folder of the backbone's files; not needed by `embedded`."""
    device: str = "cpu"
    """torch's name of the device that computes."""
    cache: Path | None = None
    """Folder in which memories are kept by content; None keeps none."""
    anomaly_ov: Path | None = None
    """Folder of Anomaly-OV's expert: its one file and, unless `tower` is given, a folder tower."""
    expert_file: str | None = None
    """Its name, where there are several."""
    tower: str | None = None
    """Folder or hub name of the SigLIP or LLaVA-OneVision checkpoint that it looks through."""
    cameras: tuple[str, ...] = ()
    """By name: `views` looks from there. Empty: from where the first reference's own are."""


def _anomaly_ov(choice: ExpertChoice) -> AnomalyOV:
    if choice.anomaly_ov is None:
        raise WeightsError("anomaly_ov needs the folder of its weights, got none")
    return load_anomaly_ov(
        choice.anomaly_ov, name=choice.expert_file, tower=choice.tower, device=choice.device
    )


def _backbone(choice: ExpertChoice) -> Backbone:
    if choice.backbone == AnomalyOV.name:
        return _anomaly_ov(choice).patches()
    return load_backbone(choice.backbone, weights=choice.weights)


def _patch_memory(choice: ExpertChoice) -> Expert:
    return PatchMemory(_backbone(choice), device=choice.device, cache=choice.cache)


def _views(choice: ExpertChoice) -> CloudViews:
    # References are drawn anew for each part: nothing that is worth keeping.
    return CloudViews(PatchMemory(_backbone(choice), device=choice.device), cameras=choice.cameras)


EXPERTS: dict[str, Callable[[ExpertChoice], Expert | AssetExpert]] = {
    "patch_memory": _patch_memory,
    "registered_difference": lambda choice: RegisteredDifference(cache=choice.cache),
    "anomaly_ov": _anomaly_ov,
    "geometry": lambda choice: CloudGeometry(),
    "views": _views,
    "discord": lambda choice: SeriesDiscord(device=choice.device),
    "motion": lambda choice: VideoMotion(device=choice.device),
}
UNASKED = ("patch_memory", "registered_difference", "geometry", "discord", "motion")
"""Experts that are built where nobody names any: those that need no weights. `views` may be asked
for beside `geometry`: it sees stains, and costs more than it gains on shapes (evals/LOG.md)."""


def build_expert(name: str, choice: ExpertChoice) -> Expert | AssetExpert:
    """Build an expert by its name.

    Raises:
        SettingsError: where there is no such expert or backbone.
        WeightsError: where the backbone's files are missing.
    """
    if name not in EXPERTS:
        raise SettingsError(f"no expert {name!r}; there are {', '.join(EXPERTS)}")
    return EXPERTS[name](choice)


def encoder_of(experts: Mapping[str, object]) -> PictureEmbedder | None:
    """The eyes of an expert that sees whole pictures, for whoever looks for like ones.

    Whoever was looked at for the expert is not looked at again.
    """
    for expert in experts.values():
        if isinstance(expert, AnomalyOV):
            return expert.encoder()
        if isinstance(expert, PatchMemory) and isinstance(expert.backbone, TowerPatches):
            return expert.backbone.encoder()
    return None
