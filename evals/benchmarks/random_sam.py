"""A SAM of random weights in the released layout, of any size. Knows no released weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.regions.sam.geometry import SamGeometry

if TYPE_CHECKING:
    from torch import Tensor

VIT_B = SamGeometry(
    embed_dim=768,
    depth=12,
    n_heads=12,
    mlp_dim=3072,
    patch_px=16,
    grid=64,
    window=14,
    global_layers=(2, 5, 8, 11),
    prompt_dim=256,
    mask_channels=16,
    decoder_depth=2,
    decoder_mlp_dim=2048,
    n_masks=3,
    iou_hidden_dim=256,
)
"""The smallest released one, 94 million parameters."""
TINY = SamGeometry(
    embed_dim=32,
    depth=3,
    n_heads=4,
    mlp_dim=128,
    patch_px=8,
    grid=8,
    window=3,
    global_layers=(1,),
    prompt_dim=32,
    mask_channels=8,
    decoder_depth=2,
    decoder_mlp_dim=48,
    n_masks=3,
    iou_hidden_dim=24,
)
QUALITY = 0.9
"""That the weights predict of most masks, near where the published thresholds cut."""


class Layout(dict[str, tuple[int, ...]]):
    """Names and shapes as `segment_anything.modeling` has them, written down by hand."""

    def __init__(self, sizes: SamGeometry) -> None:
        """List all tensors of a SAM of these sizes."""
        super().__init__()
        self._sizes = sizes
        self._image_encoder("image_encoder")
        self._prompt_encoder("prompt_encoder")
        self._transformer("mask_decoder.transformer")
        self._heads("mask_decoder")

    def _linear(self, name: str, n_out: int, *n_in: int) -> None:
        self[f"{name}.weight"] = (n_out, *n_in)
        self[f"{name}.bias"] = (n_out,)

    def _transposed(self, name: str, n_in: int, n_out: int) -> None:
        self[f"{name}.weight"] = (n_in, n_out, 2, 2)
        self[f"{name}.bias"] = (n_out,)

    def _attention(self, name: str, inner: int) -> None:
        width = self._sizes.prompt_dim
        for part in "qkv":
            self._linear(f"{name}.{part}_proj", inner, width)
        self._linear(f"{name}.out_proj", width, inner)

    def _image_encoder(self, name: str) -> None:
        sizes = self._sizes
        width, out = sizes.embed_dim, sizes.prompt_dim
        self._linear(f"{name}.patch_embed.proj", width, 3, sizes.patch_px, sizes.patch_px)
        self[f"{name}.pos_embed"] = (1, sizes.grid, sizes.grid, width)
        for n in range(sizes.depth):
            block = f"{name}.blocks.{n}"
            span = 2 * (sizes.grid if n in sizes.global_layers else sizes.window) - 1
            self._linear(f"{block}.norm1", width)
            self._linear(f"{block}.norm2", width)
            self._linear(f"{block}.attn.qkv", 3 * width, width)
            self._linear(f"{block}.attn.proj", width, width)
            for axis in "hw":
                self[f"{block}.attn.rel_pos_{axis}"] = (span, width // sizes.n_heads)
            self._linear(f"{block}.mlp.lin1", sizes.mlp_dim, width)
            self._linear(f"{block}.mlp.lin2", width, sizes.mlp_dim)
        self[f"{name}.neck.0.weight"] = (out, width, 1, 1)
        self._linear(f"{name}.neck.1", out)
        self[f"{name}.neck.2.weight"] = (out, out, 3, 3)
        self._linear(f"{name}.neck.3", out)

    def _prompt_encoder(self, name: str) -> None:
        width, channels = self._sizes.prompt_dim, self._sizes.mask_channels
        self[f"{name}.pe_layer.positional_encoding_gaussian_matrix"] = (2, width // 2)
        for n in range(4):
            self[f"{name}.point_embeddings.{n}.weight"] = (1, width)
        self[f"{name}.not_a_point_embed.weight"] = (1, width)
        self[f"{name}.no_mask_embed.weight"] = (1, width)
        self._linear(f"{name}.mask_downscaling.0", channels // 4, 1, 2, 2)
        self._linear(f"{name}.mask_downscaling.1", channels // 4)
        self._linear(f"{name}.mask_downscaling.3", channels, channels // 4, 2, 2)
        self._linear(f"{name}.mask_downscaling.4", channels)
        self._linear(f"{name}.mask_downscaling.6", width, channels, 1, 1)

    def _transformer(self, name: str) -> None:
        width, mlp = self._sizes.prompt_dim, self._sizes.decoder_mlp_dim
        for n in range(self._sizes.decoder_depth):
            layer = f"{name}.layers.{n}"
            self._attention(f"{layer}.self_attn", width)
            self._attention(f"{layer}.cross_attn_token_to_image", width // 2)
            self._attention(f"{layer}.cross_attn_image_to_token", width // 2)
            for norm in range(1, 5):
                self._linear(f"{layer}.norm{norm}", width)
            self._linear(f"{layer}.mlp.lin1", mlp, width)
            self._linear(f"{layer}.mlp.lin2", width, mlp)
        self._attention(f"{name}.final_attn_token_to_image", width // 2)
        self._linear(f"{name}.norm_final_attn", width)

    def _heads(self, name: str) -> None:
        width, hidden = self._sizes.prompt_dim, self._sizes.iou_hidden_dim
        n_tokens = self._sizes.n_masks + 1
        self[f"{name}.iou_token.weight"] = (1, width)
        self[f"{name}.mask_tokens.weight"] = (n_tokens, width)
        self._transposed(f"{name}.output_upscaling.0", width, width // 4)
        self._linear(f"{name}.output_upscaling.1", width // 4)
        self._transposed(f"{name}.output_upscaling.3", width // 4, width // 8)
        for n in range(n_tokens):
            mlp = f"{name}.output_hypernetworks_mlps.{n}.layers"
            self._linear(f"{mlp}.0", width, width)
            self._linear(f"{mlp}.1", width, width)
            self._linear(f"{mlp}.2", width // 8, width)
        self._linear(f"{name}.iou_prediction_head.layers.0", hidden, width)
        self._linear(f"{name}.iou_prediction_head.layers.1", hidden, hidden)
        self._linear(f"{name}.iou_prediction_head.layers.2", n_tokens, hidden)


def random_sam(sizes: SamGeometry, *, seed: int = 0, quality: float = QUALITY) -> dict[str, Tensor]:
    """Random weights, strong enough behind the prompts that masks depend on them.

    Args:
        sizes: of the SAM.
        seed: of the weights.
        quality: IoU that is predicted of most masks.
    """
    import torch

    random = torch.Generator().manual_seed(seed)
    state = {}
    for name, shape in Layout(sizes).items():
        values = torch.randn(shape, generator=random)
        if len(shape) == 1:
            state[name] = 0.1 * values + (1.0 if name.endswith("weight") else 0.0)
            continue
        gain = 1.0 if "image_encoder" in name or "iou_prediction" in name else 3.0
        gain = 0.3 if "hypernetworks" in name and ".layers.2." in name else gain
        state[name] = gain * values * values[0].numel() ** -0.5
    bias = "mask_decoder.iou_prediction_head.layers.2.bias"
    state[bias] = torch.full_like(state[bias], quality)
    return state
