"""Anomaly-OV's expert and a tower with random weights, of any size. Knows no released weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from evals.benchmarks.clocks import wait_for
from tools.arrays import UInt8Image
from tools.experts.anomaly_ov.scorer import MAX_PICTURES, AnomalyOV
from tools.experts.backbones.siglip_tower import SiglipTower
from tools.experts.backbones.siglip_weights import SO400M, TowerWeights
from tools.experts.backbones.tower import TowerFeatures

N_LEVELS = 4
NARROW: Mapping[str, Any] = {
    **SO400M,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 2,
}
"""For what is not about speed."""


class TimedTower(SiglipTower):
    """Tells how long each look took, and at how many crops."""

    clock = staticmethod(perf_counter)
    seconds: list[float]
    n_crops: list[int]

    def features(self, crops_hwc: Sequence[UInt8Image]) -> TowerFeatures:
        """See `Tower.features`."""
        wait_for(self.device)
        started = self.clock()
        found = super().features(crops_hwc)
        wait_for(self.device)
        self.seconds.append(self.clock() - started)
        self.n_crops.append(len(crops_hwc))
        return found


def random_expert(
    device: str,
    *,
    layers: int,
    side_px: int = 384,
    sizes: Mapping[str, Any] = SO400M,
    max_pictures: int = MAX_PICTURES,
    max_wait_s: float = 0.002,
    max_bytes: int = 0,
) -> AnomalyOV:
    """The released sizes with random weights; one crop a picture.

    Args:
        device: torch's name.
        layers: of the tower; taps are spread over them.
        side_px: of a crop.
        sizes: of the tower, by the names of transformers' SiglipVisionConfig.
        max_pictures: that are judged together.
        max_wait_s: that a picture waits for others.
        max_bytes: of features that are kept; 0 looks anew each time.
    """
    import torch

    from tools.experts.anomaly_ov import AnomalyExpert
    from tools.experts.anomaly_ov.weights import ExpertFile
    from tools.experts.shared_eyes import SharedEyes

    torch.manual_seed(0)
    tower = random_tower(device, layers=layers, side_px=side_px, sizes=sizes)
    expert = AnomalyExpert(tower.hidden, tower.grid_side**2).requires_grad_(False).eval()
    file = ExpertFile(expert, tower.taps, tower.final, "", "random", tiles=False)
    eyes = SharedEyes(
        tower,
        tiles=False,
        max_bytes=max_bytes,
        max_pictures=max_pictures,
        max_wait_s=max_wait_s,
    )
    return AnomalyOV(file, eyes, max_pictures=max_pictures, max_wait_s=max_wait_s)


def random_tower(
    device: str, *, layers: int, side_px: int, sizes: Mapping[str, Any] = SO400M
) -> TimedTower:
    """A SigLIP with so many layers.

    Args:
        device: torch's name.
        layers: that are kept.
        side_px: of a crop.
        sizes: see `random_expert`.
    """
    from transformers import SiglipVisionConfig, SiglipVisionModel

    config = {**sizes, "image_size": side_px}
    model = SiglipVisionModel(
        SiglipVisionConfig(**config, num_hidden_layers=layers, vision_use_head=False)
    )
    state = {k: v for k, v in model.state_dict().items() if not k.startswith("post_layernorm")}
    taps = tuple(round(1 + level * (layers - 2) / (N_LEVELS - 1)) for level in range(N_LEVELS))
    tower = TimedTower(
        TowerWeights(config, state, "random"), taps=taps, final=layers, device=device
    )
    tower.seconds, tower.n_crops = [], []
    return tower
