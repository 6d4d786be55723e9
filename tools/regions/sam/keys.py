"""Names of a released SAM's tensors in transformers' SamModel. Knows no shapes.

Derived by laying the two modules side by side; transformers ships no converter any more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

GAUSSIAN = "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"
SHARED = "shared_image_embedding.positional_embedding"

RENAMED: tuple[tuple[str, str], ...] = (
    (r"^image_encoder\.patch_embed\.proj\.", "vision_encoder.patch_embed.projection."),
    (r"^image_encoder\.blocks\.(\d+)\.norm(\d)\.", r"vision_encoder.layers.\1.layer_norm\2."),
    (r"^image_encoder\.blocks\.", "vision_encoder.layers."),
    (r"^image_encoder\.neck\.0\.", "vision_encoder.neck.conv1."),
    (r"^image_encoder\.neck\.1\.", "vision_encoder.neck.layer_norm1."),
    (r"^image_encoder\.neck\.2\.", "vision_encoder.neck.conv2."),
    (r"^image_encoder\.neck\.3\.", "vision_encoder.neck.layer_norm2."),
    (r"^image_encoder\.", "vision_encoder."),
    (r"^prompt_encoder\.point_embeddings\.", "prompt_encoder.point_embed."),
    (r"^prompt_encoder\.mask_downscaling\.0\.", "prompt_encoder.mask_embed.conv1."),
    (r"^prompt_encoder\.mask_downscaling\.1\.", "prompt_encoder.mask_embed.layer_norm1."),
    (r"^prompt_encoder\.mask_downscaling\.3\.", "prompt_encoder.mask_embed.conv2."),
    (r"^prompt_encoder\.mask_downscaling\.4\.", "prompt_encoder.mask_embed.layer_norm2."),
    (r"^prompt_encoder\.mask_downscaling\.6\.", "prompt_encoder.mask_embed.conv3."),
    (r"^mask_decoder\.output_upscaling\.0\.", "mask_decoder.upscale_conv1."),
    (r"^mask_decoder\.output_upscaling\.1\.", "mask_decoder.upscale_layer_norm."),
    (r"^mask_decoder\.output_upscaling\.3\.", "mask_decoder.upscale_conv2."),
    (
        r"^(mask_decoder\.transformer\.layers\.\d+)\.norm(\d)\.",
        r"\1.layer_norm\2.",
    ),
    (
        r"^mask_decoder\.transformer\.norm_final_attn\.",
        "mask_decoder.transformer.layer_norm_final_attn.",
    ),
    (
        r"^(mask_decoder\.(?:iou_prediction_head|output_hypernetworks_mlps\.\d+))\.layers\.0\.",
        r"\1.proj_in.",
    ),
    (
        r"^(mask_decoder\.(?:iou_prediction_head|output_hypernetworks_mlps\.\d+))\.layers\.1\.",
        r"\1.layers.0.",
    ),
    (
        r"^(mask_decoder\.(?:iou_prediction_head|output_hypernetworks_mlps\.\d+))\.layers\.2\.",
        r"\1.proj_out.",
    ),
)
"""Pattern and replacement; the first that fits is used, what fits none keeps its name."""


def transformers_name(key: str) -> str:
    """The name of a released tensor in transformers' SamModel."""
    for pattern, replacement in RENAMED:
        renamed, n_found = re.subn(pattern, replacement, key)
        if n_found:
            return renamed
    return key


def transformers_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A released state dict under transformers' names; the place code stands there twice."""
    named = {transformers_name(key): value for key, value in state.items() if key != GAUSSIAN}
    code = state[GAUSSIAN]
    return {
        **named,
        SHARED: code,
        "prompt_encoder.shared_embedding.positional_embedding": code,
    }
