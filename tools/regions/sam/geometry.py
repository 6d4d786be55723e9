"""The sizes of a SAM, read off its released state dict. Builds no model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from tools.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

DECODER_HEADS = 8
"""Of every released SAM; not to be read off the weights."""


class SamGeometry(NamedTuple):
    """Sizes of one SAM, as `segment_anything.build_sam` names them where it does."""

    embed_dim: int
    depth: int
    n_heads: int
    mlp_dim: int
    patch_px: int
    grid: int
    """Patches along a side of the input."""
    window: int
    """Patches along a side of an attention window."""
    global_layers: tuple[int, ...]
    """Layers that attend to the whole picture."""
    prompt_dim: int
    mask_channels: int
    decoder_depth: int
    decoder_mlp_dim: int
    n_masks: int
    """Masks of an ambiguous prompt."""
    iou_hidden_dim: int

    @property
    def image_px(self) -> int:
        """Side of the square input."""
        return self.grid * self.patch_px


def geometry_of(state: Mapping[str, Tensor]) -> SamGeometry:
    """Read the sizes off a state dict with the released names.

    Raises:
        WeightsError: where it is no state dict of a SAM; names the first key that is missing.
    """
    try:
        return _read(state)
    except KeyError as error:
        raise WeightsError(
            f"the weights are no SAM of the released layout: {error.args[0]} is missing; "
            "use a released .pth, or what `loupe models convert` made of one"
        ) from error


def _read(state: Mapping[str, Tensor]) -> SamGeometry:
    embed_dim, _, patch_px, _ = state["image_encoder.patch_embed.proj.weight"].shape
    grid = state["image_encoder.pos_embed"].shape[1]
    depth = _count(state, r"image_encoder\.blocks\.(\d+)\.")
    spans = [
        (state[f"image_encoder.blocks.{n}.attn.rel_pos_h"].shape[0] + 1) // 2 for n in range(depth)
    ]
    head_dim = state["image_encoder.blocks.0.attn.rel_pos_h"].shape[1]
    local = [span for span in spans if span != grid]
    return SamGeometry(
        embed_dim=embed_dim,
        depth=depth,
        n_heads=embed_dim // head_dim,
        mlp_dim=state["image_encoder.blocks.0.mlp.lin1.weight"].shape[0],
        patch_px=patch_px,
        grid=grid,
        window=local[0] if local else grid,
        global_layers=tuple(n for n, span in enumerate(spans) if span == grid),
        prompt_dim=state["prompt_encoder.no_mask_embed.weight"].shape[1],
        mask_channels=state["prompt_encoder.mask_downscaling.3.weight"].shape[0],
        decoder_depth=_count(state, r"mask_decoder\.transformer\.layers\.(\d+)\."),
        decoder_mlp_dim=state["mask_decoder.transformer.layers.0.mlp.lin1.weight"].shape[0],
        n_masks=state["mask_decoder.mask_tokens.weight"].shape[0] - 1,
        iou_hidden_dim=state["mask_decoder.iou_prediction_head.layers.0.weight"].shape[0],
    )


def _count(state: Mapping[str, Tensor], pattern: str) -> int:
    found = {match[1] for match in (re.match(pattern, key) for key in state) if match}
    if not found:
        raise KeyError(pattern.replace("\\", "").replace("(d+)", "0"))
    return len(found)
