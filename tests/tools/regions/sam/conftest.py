"""A small SAM of random weights in the released layout, for both routes."""

from __future__ import annotations

import pytest
import torch

N_LAYERS, WIDTH, HEAD, GRID, PATCH, WINDOW = 3, 32, 8, 8, 8, 3
PROMPT, MASK_CHANNELS, MLP, IOU = 32, 8, 48, 24


class Layout(dict[str, tuple[int, ...]]):
    """Names and shapes as `segment_anything.modeling` has them, by hand."""

    def linear(self, name: str, n_out: int, *n_in: int) -> None:
        self[f"{name}.weight"] = (n_out, *n_in)
        self[f"{name}.bias"] = (n_out,)

    def transposed(self, name: str, n_in: int, n_out: int) -> None:
        self[f"{name}.weight"] = (n_in, n_out, 2, 2)
        self[f"{name}.bias"] = (n_out,)

    def attention(self, name: str, inner: int) -> None:
        for part in "qkv":
            self.linear(f"{name}.{part}_proj", inner, PROMPT)
        self.linear(f"{name}.out_proj", PROMPT, inner)

    def image_encoder(self, name: str = "image_encoder") -> None:
        self.linear(f"{name}.patch_embed.proj", WIDTH, 3, PATCH, PATCH)
        self[f"{name}.pos_embed"] = (1, GRID, GRID, WIDTH)
        for n in range(N_LAYERS):
            block = f"{name}.blocks.{n}"
            span = 2 * (GRID if n == 1 else WINDOW) - 1
            self.linear(f"{block}.norm1", WIDTH)
            self.linear(f"{block}.norm2", WIDTH)
            self.linear(f"{block}.attn.qkv", 3 * WIDTH, WIDTH)
            self.linear(f"{block}.attn.proj", WIDTH, WIDTH)
            self[f"{block}.attn.rel_pos_h"] = self[f"{block}.attn.rel_pos_w"] = (span, HEAD)
            self.linear(f"{block}.mlp.lin1", 4 * WIDTH, WIDTH)
            self.linear(f"{block}.mlp.lin2", WIDTH, 4 * WIDTH)
        self[f"{name}.neck.0.weight"] = (PROMPT, WIDTH, 1, 1)
        self.linear(f"{name}.neck.1", PROMPT)
        self[f"{name}.neck.2.weight"] = (PROMPT, PROMPT, 3, 3)
        self.linear(f"{name}.neck.3", PROMPT)

    def prompt_encoder(self, name: str = "prompt_encoder") -> None:
        self[f"{name}.pe_layer.positional_encoding_gaussian_matrix"] = (2, PROMPT // 2)
        for n in range(4):
            self[f"{name}.point_embeddings.{n}.weight"] = (1, PROMPT)
        self[f"{name}.not_a_point_embed.weight"] = (1, PROMPT)
        self[f"{name}.no_mask_embed.weight"] = (1, PROMPT)
        self.linear(f"{name}.mask_downscaling.0", MASK_CHANNELS // 4, 1, 2, 2)
        self.linear(f"{name}.mask_downscaling.1", MASK_CHANNELS // 4)
        self.linear(f"{name}.mask_downscaling.3", MASK_CHANNELS, MASK_CHANNELS // 4, 2, 2)
        self.linear(f"{name}.mask_downscaling.4", MASK_CHANNELS)
        self.linear(f"{name}.mask_downscaling.6", PROMPT, MASK_CHANNELS, 1, 1)

    def transformer(self, name: str = "mask_decoder.transformer") -> None:
        for n in range(2):
            layer = f"{name}.layers.{n}"
            self.attention(f"{layer}.self_attn", PROMPT)
            self.attention(f"{layer}.cross_attn_token_to_image", PROMPT // 2)
            self.attention(f"{layer}.cross_attn_image_to_token", PROMPT // 2)
            for norm in range(1, 5):
                self.linear(f"{layer}.norm{norm}", PROMPT)
            self.linear(f"{layer}.mlp.lin1", MLP, PROMPT)
            self.linear(f"{layer}.mlp.lin2", PROMPT, MLP)
        self.attention(f"{name}.final_attn_token_to_image", PROMPT // 2)
        self.linear(f"{name}.norm_final_attn", PROMPT)

    def heads(self, name: str = "mask_decoder") -> None:
        self[f"{name}.iou_token.weight"] = (1, PROMPT)
        self[f"{name}.mask_tokens.weight"] = (4, PROMPT)
        self.transposed(f"{name}.output_upscaling.0", PROMPT, PROMPT // 4)
        self.linear(f"{name}.output_upscaling.1", PROMPT // 4)
        self.transposed(f"{name}.output_upscaling.3", PROMPT // 4, PROMPT // 8)
        for n in range(4):
            mlp = f"{name}.output_hypernetworks_mlps.{n}.layers"
            self.linear(f"{mlp}.0", PROMPT, PROMPT)
            self.linear(f"{mlp}.1", PROMPT, PROMPT)
            self.linear(f"{mlp}.2", PROMPT // 8, PROMPT)
        self.linear(f"{name}.iou_prediction_head.layers.0", IOU, PROMPT)
        self.linear(f"{name}.iou_prediction_head.layers.1", IOU, IOU)
        self.linear(f"{name}.iou_prediction_head.layers.2", 4, IOU)


def layout() -> Layout:
    shapes = Layout()
    shapes.image_encoder()
    shapes.prompt_encoder()
    shapes.transformer()
    shapes.heads()
    return shapes


def tiny_state(seed: int = 0) -> dict[str, torch.Tensor]:
    """Random weights, strong enough behind the prompts that masks depend on them."""
    random = torch.Generator().manual_seed(seed)
    state = {}
    for name, shape in layout().items():
        values = torch.randn(shape, generator=random)
        if len(shape) == 1:
            state[name] = 0.1 * values + (1.0 if name.endswith("weight") else 0.0)
            continue
        gain = 1.0 if "image_encoder" in name or "iou_prediction" in name else 3.0
        gain = 0.3 if "hypernetworks" in name and ".layers.2." in name else gain
        state[name] = gain * values * values[0].numel() ** -0.5
    # Qualities near where the published thresholds cut.
    state["mask_decoder.iou_prediction_head.layers.2.bias"] = torch.full((4,), 0.9)
    return state


@pytest.fixture(scope="session")
def sam_state() -> dict[str, torch.Tensor]:
    """Tensors by their released names."""
    return tiny_state(3)
