"""The eyes of Anomaly-OV: a SigLIP tower, cut and tapped. Knows no expert and no picture's cut."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.arrays import UInt8Image
from tools.errors import WeightsError
from tools.experts.backbones.siglip_weights import TowerWeights, read_tower_weights
from tools.experts.backbones.tower import TowerFeatures

if TYPE_CHECKING:
    from torch import Tensor

TAPS = (7, 13, 19, 25)
"""Hidden states that the expert matches; 0 is the embedding, k what leaves layer k, from 1."""
FINAL = 26
"""The hidden state that is v^o. SigLIP's 27th layer is cut off, as LLaVA-OneVision does."""
CROPS_AT_ONCE = 16


class SiglipTower:
    """Frozen; no layer norm follows the last layer that is kept.

    float32 on a CPU; bfloat16 on a GPU, as the published module runs.
    """

    def __init__(
        self,
        weights: TowerWeights,
        *,
        taps: Sequence[int] = TAPS,
        final: int = FINAL,
        device: str = "cpu",
    ) -> None:
        """Build the tower.

        Args:
            weights: with the layers up to `final`.
            taps: hidden states that are taken on the way, rising, none after `final`.
            final: the hidden state after which the tower is cut off.
            device: torch's name of the device that computes.

        Raises:
            WeightsError: where tensors are missing or of another shape.
        """
        import torch

        self.taps, self.final, self.device = tuple(taps), final, device
        self.dtype = torch.float32 if device == "cpu" else torch.bfloat16
        self.patch_px = int(weights.config["patch_size"])
        self.side_px = int(weights.config["image_size"])
        self.hidden = int(weights.config["hidden_size"])
        self.tap_widths = (self.hidden,) * len(self.taps)
        self.grid_side = self.side_px // self.patch_px
        self.digest = f"{weights.digest[:32]}-{'-'.join(map(str, (*taps, final)))}"
        self._model = _model_of(weights, n_layers=final).to(device, self.dtype)

    def features(self, crops_hwc: Sequence[UInt8Image]) -> TowerFeatures:
        """Look at crops, a bounded number at a time.

        Args:
            crops_hwc: each (side, side, 3).
        """
        import torch

        with torch.inference_mode():
            parts = [
                self._look(crops_hwc[start : start + CROPS_AT_ONCE])
                for start in range(0, len(crops_hwc), CROPS_AT_ONCE)
            ]
            final, *taps = (torch.cat(level) for level in zip(*parts, strict=True))
        return TowerFeatures(final, tuple(taps))

    def _look(self, crops_hwc: Sequence[UInt8Image]) -> list[Tensor]:
        """The final features, then those of each tap."""
        import torch

        batch = torch.from_numpy(np.stack(crops_hwc)).to(self.device).permute(0, 3, 1, 2)
        hidden = self._model.embeddings(((batch.float() / 255 - 0.5) / 0.5).to(self.dtype))
        taken = []
        # Layer by layer, for the model's own forward would put a layer norm after the last one.
        for number, layer in enumerate(self._model.encoder.layers, start=1):
            hidden = layer(hidden, None)
            if number in self.taps:
                taken.append(hidden)
        return [hidden, *taken]


def load_siglip_tower(
    source: str | Path,
    *,
    taps: Sequence[int] = TAPS,
    final: int = FINAL,
    device: str = "cpu",
    download: bool = False,
) -> SiglipTower:
    """Load a tower from a folder or by its name on the hub; see `read_tower_weights`.

    Raises:
        WeightsError: where files or tensors are missing or cannot be read.
    """
    weights = read_tower_weights(source, n_layers=final, download=download)
    return SiglipTower(weights, taps=taps, final=final, device=device)


def _model_of(weights: TowerWeights, *, n_layers: int) -> Any:
    import torch
    from transformers import SiglipVisionConfig, SiglipVisionModel

    config = SiglipVisionConfig(**weights.config, num_hidden_layers=n_layers, vision_use_head=False)
    # On the meta device nothing is allocated for weights that are replaced at once.
    with torch.device("meta"):
        model = SiglipVisionModel(config)
    model.post_layernorm = torch.nn.Identity()
    try:
        model.load_state_dict(weights.state, assign=True)
    except RuntimeError as error:
        line = " ".join(str(error).split())
        raise WeightsError(f"the tower's weights do not fit its sizes: {line}") from error
    n_positions = model.embeddings.num_positions
    model.embeddings.position_ids = torch.arange(n_positions).expand((1, -1))
    return model.requires_grad_(False).eval()
